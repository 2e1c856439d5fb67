/** A larger batch would hold the event loop for longer than it saves. */
const BATCH_MAX = 128;

interface Waiting<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins the whole process's requests of one turn of the event loop into one call: under load a hundred requests share
 * one query or one sync to disk, and a lone request waits for nothing. Turns share nothing, and a key asked for twice
 * is handed over twice. `load` gives a value for each key, in the order of the keys.
 */
export function createBatcher<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  let batch: Waiting<Key, Value>[] = [];
  return (key) =>
    new Promise((resolve, reject) => {
      if (batch.length === BATCH_MAX) batch = [];
      batch.push({ key, resolve, reject });
      if (batch.length > 1) return;
      const waiting = batch;
      setImmediate(() => {
        if (batch === waiting) batch = [];
        void settle(waiting, load);
      });
    });
}

async function settle<Key, Value>(
  waiting: readonly Waiting<Key, Value>[],
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
): Promise<void> {
  try {
    const values = await load(waiting.map(({ key }) => key));
    if (values.length !== waiting.length) throw new Error('A batch must have a value for each key.');
    for (const [index, { resolve }] of waiting.entries()) resolve(values[index] as Value);
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}
