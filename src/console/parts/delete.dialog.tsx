import { type ReactNode, useId, useState } from 'react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { type ConnectionFieldsFragment, DeleteConnectionDocument } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { ActionDialog, outcomeOf } from './action.dialog.jsx';
import { LastUse } from './last-use.jsx';

interface Props {
  readonly connection: ConnectionFieldsFragment;
  readonly onClose: () => void;
}

/** Deletes a connection for good, once its name has been typed. */
export function DeleteDialog({ connection, onClose }: Props): ReactNode {
  const { id, name } = connection;
  const [typed, setTyped] = useState('');
  const [, remove] = useMutation(DeleteConnectionDocument);
  const [, navigate] = useLocation();
  const inputId = useId();
  const act = async () => {
    const { data, error } = await remove({ id });
    return outcomeOf(data?.deleteConnection, error);
  };
  const words = texts.actions.delete;
  return (
    <ActionDialog
      title={words.title(name)}
      action={words.name}
      isDangerous
      isReady={typed === name}
      onAct={act}
      onDone={() => navigate('/')}
      onClose={onClose}
    >
      <p>{words.explanation}</p>
      <LastUse connection={connection} />
      <div className="field">
        <label htmlFor={inputId}>
          {words.typeName} <code>{name}</code>
        </label>
        <input
          id={inputId}
          type="text"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
    </ActionDialog>
  );
}
