import type { ReactNode } from 'react';
import { texts } from '../wording/texts.js';
import { CopyButton } from './copy-button.jsx';

/** A command, or a piece of code, to copy. */
export function Command({ text }: { readonly text: string }): ReactNode {
  return (
    <div className="command">
      <CopyButton text={text} what={texts.copy.command} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: not every browser lets the keyboard scroll what has no focus */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
