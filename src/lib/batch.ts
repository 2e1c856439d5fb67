/** A larger batch would hold the event loop for longer than it saves. */
const BATCH_MAX = 128;
/** For a server whose usual answer takes a few milliseconds: what one slow answer may cost those who come after it. */
export const GATHER_MS = 20;

interface Waiting<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

type Load<Key, Value> = (keys: readonly Key[]) => Promise<readonly Value[]>;

/** What is asked for together, until `ask` sends it. */
interface Batch<Key, Value> {
  readonly waiting: Waiting<Key, Value>[];
  isAsked: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Joins the whole process's requests of one turn of the event loop into one call: under load a hundred requests share
 * one query or one sync to disk, and a lone request waits for nothing. With `gatherMs` what is asked for while a call is
 * under way also waits for its end, at most for so long: a call to a server costs much the same whatever it carries.
 * No request joins a call that has begun, calls share nothing, and a key asked for twice is handed over twice. `load`
 * gives a value for each key, in the order of the keys.
 */
export function createBatcher<Key, Value>(load: Load<Key, Value>, gatherMs = 0): (key: Key) => Promise<Value> {
  let batch: Batch<Key, Value> | undefined;
  /** The call that began last, until it ends. An earlier one that hangs holds nobody up. */
  let underWay: Batch<Key, Value> | undefined;
  const end = (ended: Batch<Key, Value>) => {
    if (underWay !== ended) return;
    underWay = undefined;
    if (batch !== undefined) setImmediate(ask, batch);
  };
  const ask = (asked: Batch<Key, Value>) => {
    if (asked.isAsked) return;
    asked.isAsked = true;
    clearTimeout(asked.timer);
    if (batch === asked) batch = undefined;
    underWay = asked;
    void settle(asked.waiting, (keys) => load(keys).finally(() => end(asked)));
  };
  const begin = () => {
    const begun: Batch<Key, Value> = { waiting: [], isAsked: false, timer: undefined };
    if (gatherMs > 0 && underWay !== undefined) begun.timer = setTimeout(ask, gatherMs, begun);
    else setImmediate(ask, begun);
    return begun;
  };
  return (key) =>
    new Promise((resolve, reject) => {
      if (batch?.waiting.length === BATCH_MAX) {
        setImmediate(ask, batch);
        batch = undefined;
      }
      batch ??= begin();
      batch.waiting.push({ key, resolve, reject });
    });
}

async function settle<Key, Value>(waiting: readonly Waiting<Key, Value>[], load: Load<Key, Value>): Promise<void> {
  try {
    const values = await load(waiting.map(({ key }) => key));
    if (values.length !== waiting.length) throw new Error('A batch must have a value for each key.');
    for (const [index, { resolve }] of waiting.entries()) resolve(values[index] as Value);
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}
