import type { ReactNode } from 'react';
import { useMutation } from 'urql';
import {
  type ConnectionFieldsFragment,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  type SecretResultFieldsFragment,
} from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { ActionDialog, type Outcome, outcomeOf } from './action.dialog.jsx';
import { LastUse } from './last-use.jsx';

interface Props {
  readonly connection: ConnectionFieldsFragment;
  /** Whether tokens live on, or are refused too. */
  readonly how: 'regenerate' | 'reset';
  readonly onSecret: (secret: string) => void;
  readonly onClose: () => void;
}

/** Replaces a connection's secret. */
export function ReplaceSecretDialog({ connection, how, onSecret, onClose }: Props): ReactNode {
  const { id, name, authenticationType } = connection;
  const [, regenerate] = useMutation(RegenerateSecretDocument);
  const [, reset] = useMutation(ResetAfterLeakDocument);
  const settle = (result: SecretResultFieldsFragment | null | undefined): Outcome => {
    if (result?.__typename !== 'SecretCreated') return outcomeOf(result, undefined);
    onSecret(result.secret);
    return {};
  };
  const act = async () => {
    if (how === 'regenerate') {
      const { data, error } = await regenerate({ id });
      return error ? { error } : settle(data?.regenerateSecret);
    }
    const { data, error } = await reset({ id });
    return error ? { error } : settle(data?.resetAfterLeak);
  };
  const { regenerate: regenerateWords, reset: resetWords } = texts.actions;
  const title = how === 'regenerate' ? regenerateWords.title[authenticationType](name) : resetWords.title(name);
  const explanation =
    how === 'regenerate' ? regenerateWords.explanation[authenticationType] : resetWords.explanation[authenticationType];
  return (
    <ActionDialog
      title={title}
      action={how === 'regenerate' ? regenerateWords.confirm : resetWords.confirm}
      isDangerous
      onAct={act}
      onDone={onClose}
      onClose={onClose}
    >
      <p>{explanation}</p>
      <LastUse connection={connection} />
    </ActionDialog>
  );
}
