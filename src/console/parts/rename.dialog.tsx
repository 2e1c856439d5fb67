import { type ReactNode, useState } from 'react';
import { useMutation } from 'urql';
import { type ConnectionFieldsFragment, RenameConnectionDocument } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { ActionDialog, outcomeOf } from './action.dialog.jsx';
import { NameField, useTakenNames } from './name-field.jsx';

interface Props {
  readonly connection: ConnectionFieldsFragment;
  readonly onClose: () => void;
}

export function RenameDialog({ connection: { id, name }, onClose }: Props): ReactNode {
  const [newName, setNewName] = useState(name);
  const [, rename] = useMutation(RenameConnectionDocument);
  const taken = useTakenNames(id);
  const act = async () => {
    const { data, error } = await rename({ id, name: newName });
    return outcomeOf(data?.renameConnection, error);
  };
  const words = texts.actions.rename;
  return (
    <ActionDialog title={words.title(name)} action={words.name} onAct={act} onDone={onClose} onClose={onClose}>
      <p>{words.explanation}</p>
      <NameField label={texts.create.name} value={newName} taken={taken} onChange={setNewName} refusal={undefined} />
    </ActionDialog>
  );
}
