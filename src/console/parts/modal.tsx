import { Dialog, DialogDismiss, DialogHeading } from '@ariakit/react';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly isOpen: boolean;
  /** Undefined: the dialog ends by one of its own buttons alone. */
  readonly onClose?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** A modal dialog. The focus moves into it, stays there, and returns to where it was. */
export function Modal({ title, isOpen, onClose, children }: Props): ReactNode {
  return (
    <Dialog
      open={isOpen}
      {...(onClose === undefined ? {} : { onClose })}
      hideOnEscape={onClose !== undefined}
      hideOnInteractOutside={false}
      backdrop={<div className="backdrop" />}
      className="dialog"
    >
      <DialogHeading className="dialog-title">{title}</DialogHeading>
      {children}
    </Dialog>
  );
}

/** The button that ends a dialog without doing anything. */
export function CancelButton({ children }: { readonly children: ReactNode }): ReactNode {
  return <DialogDismiss className="button">{children}</DialogDismiss>;
}
