/** The most instants, which are in order, that lie in any half-open stretch of a length. */
export function mostWithin(instantsUs: readonly number[], lengthUs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, instantUs] of instantsUs.entries()) {
    while (instantUs - (instantsUs[first] as number) >= lengthUs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
