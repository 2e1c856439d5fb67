/** Requests that are under way at a time. */
const PARALLEL = 50;

/** Does the work for each index below `count`, several at a time. */
export async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const go = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, go));
}
