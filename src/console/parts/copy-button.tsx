import { type ReactNode, useState } from 'react';
import { texts } from '../wording/texts.js';

interface Props {
  readonly text: string;
  /** What is copied, for those who hear the button alone. */
  readonly what: string;
  readonly onCopied?: () => void;
}

/** Copies a text, and says so. Where the browser keeps the clipboard to itself, it says how to copy by hand. */
export function CopyButton({ text, what, onCopied }: Props): ReactNode {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
      onCopied?.();
    } catch {
      setOutcome('refused');
    }
  };
  return (
    <span className="copy">
      <button type="button" className="button" onClick={copy} aria-label={texts.copy.label(what)}>
        <span>{texts.copy.action}</span>
      </button>
      <span role="status" className={outcome === 'refused' ? 'hint' : 'copied'}>
        {outcome && texts.copy[outcome]}
      </span>
    </span>
  );
}
