import type { ReactNode } from 'react';
import { useMutation } from 'urql';
import {
  type ConnectionFieldsFragment,
  DisableConnectionDocument,
  EnableConnectionDocument,
} from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { ActionDialog, outcomeOf } from './action.dialog.jsx';
import { LastUse } from './last-use.jsx';

interface Props {
  readonly connection: ConnectionFieldsFragment;
  readonly onClose: () => void;
}

/** Disables an active connection, or enables a disabled one. */
export function StatusDialog({ connection, onClose }: Props): ReactNode {
  const { id, name, status } = connection;
  const isActive = status === 'ACTIVE';
  const [, disable] = useMutation(DisableConnectionDocument);
  const [, enable] = useMutation(EnableConnectionDocument);
  const act = async () => {
    if (isActive) {
      const { data, error } = await disable({ id });
      return outcomeOf(data?.disableConnection, error);
    }
    const { data, error } = await enable({ id });
    return outcomeOf(data?.enableConnection, error);
  };
  const words = isActive ? texts.actions.disable : texts.actions.enable;
  return (
    <ActionDialog
      title={words.title(name)}
      action={words.name}
      isDangerous={isActive}
      onAct={act}
      onDone={onClose}
      onClose={onClose}
    >
      <p>{words.explanation}</p>
      {isActive && <LastUse connection={connection} />}
    </ActionDialog>
  );
}
