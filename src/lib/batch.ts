import DataLoader from 'dataloader';

/** More than this in one batch would hold the event loop for longer than the batch saves. */
const BATCH_MAX = 128;

/**
 * Joins what the whole process asks for in one turn of the event loop into one call: under load a hundred requests
 * share one query, or one sync to disk, and alone a request waits for nothing. Nothing is remembered between turns.
 */
export function createBatcher<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  const loader = new DataLoader<Key, Value>(load, {
    cache: false,
    maxBatchSize: BATCH_MAX,
    batchScheduleFn: (dispatch) => setImmediate(dispatch),
  });
  return (key) => loader.load(key);
}
