import { type ReactNode, useState } from 'react';
import type { ConnectionFieldsFragment } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { CodeSamples } from './code-samples.jsx';
import { CopyButton } from './copy-button.jsx';
import { useLeaveGuard } from './leave-guard.js';
import { CancelButton, Modal } from './modal.jsx';

interface Props {
  readonly connection: Pick<ConnectionFieldsFragment, 'name' | 'authenticationType'>;
  readonly clientId: string | undefined;
  readonly secret: string;
  readonly warning?: string | undefined;
  readonly onDone: () => void;
}

const words = texts.secretOnce;

/** A new secret, which no later answer holds. It is in this page's memory alone, and leaves with the page. */
export function SecretOnce({ connection, clientId, secret, warning, onDone }: Props): ReactNode {
  const [isKept, setKept] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const type = connection.authenticationType;
  const guard = useLeaveGuard(!isKept);
  const finish = () => (isKept ? onDone() : setAsking(true));
  const leave = () => {
    guard.release();
    onDone();
  };
  const stay = () => {
    setAsking(false);
    guard.stay();
  };
  return (
    <section aria-label={words.region}>
      <p>{words.explanation[type](connection.name)}</p>
      {warning && <p className="notice">{warning}</p>}
      {clientId && <Value name={words.clientId} text={clientId} />}
      <Value name={words.secret[type]} text={secret} onCopied={() => setKept(true)} />
      <div className="actions">
        <DownloadButton {...{ connection, clientId, secret }} onDownloaded={() => setKept(true)} />
        <button type="button" className="button primary" onClick={finish}>
          {words.done}
        </button>
      </div>
      <CodeSamples authenticationType={type} clientId={clientId} />
      <Modal title={words.notCopied.title} isOpen={isAsking || guard.leave !== undefined} onClose={stay}>
        <p>{words.notCopied.explanation}</p>
        <div className="actions">
          <CancelButton>{words.notCopied.back}</CancelButton>
          <button type="button" className="button danger" onClick={guard.leave ?? leave}>
            {words.notCopied.leave}
          </button>
        </div>
      </Modal>
    </section>
  );
}

function Value({ name, text, onCopied }: { name: string; text: string; onCopied?: () => void }): ReactNode {
  return (
    <>
      <h2>{name}</h2>
      <div className="secret">
        <code>{text}</code>
        <CopyButton text={text} what={name} {...(onCopied && { onCopied })} />
      </div>
    </>
  );
}

type DownloadProps = Pick<Props, 'connection' | 'clientId' | 'secret'> & { readonly onDownloaded: () => void };

/** Saves the credentials as an environment file. */
function DownloadButton({ connection, clientId, secret, onDownloaded }: DownloadProps): ReactNode {
  const save = () => {
    const lines =
      clientId === undefined
        ? [`LATCHKEY_ACCESS_KEY=${secret}`]
        : [`LATCHKEY_CLIENT_ID=${clientId}`, `LATCHKEY_CLIENT_SECRET=${secret}`];
    const url = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${connection.name.replace(/[^\p{L}\p{N}]+/gu, '-')}.env`;
    link.click();
    URL.revokeObjectURL(url);
    onDownloaded();
  };
  return (
    <button type="button" className="button" onClick={save}>
      {words.download}
    </button>
  );
}
