import type { ReactNode } from 'react';
import { texts } from '../wording/texts.js';
import { CopyButton } from './copy-button.jsx';

/** A command, or a piece of code, to copy. */
export function Command({ text }: { readonly text: string }): ReactNode {
  return (
    <div className="command">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={texts.copy.command} />
    </div>
  );
}
