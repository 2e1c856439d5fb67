import { type FormEvent, type ReactNode, useState } from 'react';
import type { CombinedError } from 'urql';
import { texts } from '../wording/texts.js';
import { CancelButton, Modal } from './modal.jsx';
import { Problem } from './problem.jsx';

/** How a change ended: done, refused in the gateway's words, or failed. */
export type Outcome = { readonly refusal?: string | undefined; readonly error?: CombinedError | undefined };

interface Props {
  readonly title: string;
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isReady?: boolean;
  /** Makes the change. */
  readonly onAct: () => Promise<Outcome>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Asks before a change, makes it, and stays open with the reason where it was not made. */
export function ActionDialog(props: Props): ReactNode {
  const { title, action, isDangerous = false, isReady = true, onAct, onDone, onClose, children } = props;
  const [isActing, setActing] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>({});
  const act = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isActing) return;
    setActing(true);
    const ended = await onAct();
    setActing(false);
    if (ended.refusal === undefined && ended.error === undefined) onDone();
    else setOutcome(ended);
  };
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <form onSubmit={act}>
        {children}
        {outcome.refusal && <p role="alert">{outcome.refusal}</p>}
        {outcome.error && <Problem error={outcome.error} />}
        <div className="actions">
          <CancelButton>{texts.actions.cancel}</CancelButton>
          <button
            type="submit"
            className={isDangerous ? 'button danger' : 'button primary'}
            aria-disabled={!isReady || isActing}
          >
            {isActing ? texts.actions.underWay : action}
          </button>
        </div>
      </form>
    </Modal>
  );
}

/** The outcome of a mutation whose result is a union: its refusals alone have a message. */
export function outcomeOf(
  result: { readonly __typename?: string; readonly message?: string } | null | undefined,
  error: CombinedError | undefined,
): Outcome {
  return { refusal: result?.message, error };
}
