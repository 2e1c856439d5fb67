import { type ReactNode, useState } from 'react';
import { ActionDialog, type Outcome } from './action.dialog.jsx';

interface Props {
  readonly label: string;
  /** What is revoked, for whoever does not see the button's place. */
  readonly what?: string;
  readonly explanation: string;
  readonly onRevoke: () => Promise<Outcome>;
  readonly onRevoked: () => void;
}

/** Revokes tokens after a confirmation. */
export function RevokeButton({ label, what, explanation, onRevoke, onRevoked }: Props): ReactNode {
  const [isAsking, setAsking] = useState(false);
  const end = () => setAsking(false);
  const done = () => {
    end();
    onRevoked();
  };
  return (
    <>
      <button type="button" className="button" onClick={() => setAsking(true)}>
        {label}
        {what && <span className="visually-hidden"> {what}</span>}
      </button>
      {isAsking && (
        <ActionDialog title={label} action={label} isDangerous onAct={onRevoke} onDone={done} onClose={end}>
          {what && (
            <p>
              <code>{what}</code>
            </p>
          )}
          <p>{explanation}</p>
        </ActionDialog>
      )}
    </>
  );
}
