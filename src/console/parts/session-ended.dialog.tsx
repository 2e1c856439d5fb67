import { type ReactNode, useState } from 'react';
import { useClient } from 'urql';
import { ViewerDocument } from '../gateway/generated/graphql.js';
import { codeOf } from '../gateway/graphql.client.js';
import { texts } from '../wording/texts.js';
import { Command } from './command.jsx';
import { Modal } from './modal.jsx';
import { sentenceOf } from './problem.jsx';

interface Props {
  readonly isOpen: boolean;
  readonly onRenewed: () => void;
}

/** Waits for the user to sign in again in another tab. What was entered stays on the page behind it. */
export function SessionEndedDialog({ isOpen, onRenewed }: Props): ReactNode {
  const client = useClient();
  const [problem, setProblem] = useState<string>();
  const goOn = async () => {
    const { error } = await client.query(ViewerDocument, {}, { requestPolicy: 'network-only' });
    if (error === undefined) {
      setProblem(undefined);
      onRenewed();
    } else setProblem(codeOf(error) === 'UNAUTHENTICATED' ? texts.sessionEnded.stillEnded : sentenceOf(error));
  };
  return (
    <Modal title={texts.sessionEnded.title} isOpen={isOpen}>
      <p>{texts.sessionEnded.explanation}</p>
      <Command text={texts.signedOut.command} />
      {problem && <p role="alert">{problem}</p>}
      <div className="actions">
        <button type="button" className="button primary" onClick={goOn}>
          {texts.sessionEnded.goOn}
        </button>
      </div>
    </Modal>
  );
}
