import { isUnanswered, type Limiter } from './limiter.ts';

/** How many calls are under way at a time: whoever is answered makes the next. */
export const CALLERS = 256;

export interface Answers {
  readonly asked: number;
  readonly admitted: number;
  /** How often nobody could tell in time, and the caller asked again. */
  readonly repeated: number;
}

/** Asks about each subject that `next` gives, until it gives none. */
export async function ask(limiter: Limiter, next: () => string | undefined, cost = 1): Promise<Answers> {
  const answers = { asked: 0, admitted: 0, repeated: 0 };
  const call = async () => {
    let subject = next();
    while (subject !== undefined) {
      try {
        const answer = limiter.admit(subject, cost);
        // Over a network nobody is back in the turn that answered, even where the answer was known at once.
        if (!(answer instanceof Promise)) await nextTurn();
        if (await answer) answers.admitted++;
        answers.asked++;
        subject = next();
      } catch (error) {
        if (!isUnanswered(error)) throw error;
        answers.repeated++;
      }
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  return answers;
}

/** Each subject once. */
export function each(subjects: readonly string[]): () => string | undefined {
  let given = 0;
  return () => subjects[given++];
}

/** One subject after the other, again and again until the time is over. */
export function around(subjects: readonly string[], seconds: number): () => string | undefined {
  const end = performance.now() + 1000 * seconds;
  let given = 0;
  return () => (performance.now() < end ? subjects[given++ % subjects.length] : undefined);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
