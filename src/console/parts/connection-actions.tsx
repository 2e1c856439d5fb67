import { Menu, MenuButton, MenuItem, MenuProvider } from '@ariakit/react';
import { type ReactNode, useState } from 'react';
import type { ConnectionFieldsFragment } from '../gateway/generated/graphql.js';
import { useMayChange } from '../gateway/session.context.js';
import { texts } from '../wording/texts.js';
import { DeleteDialog } from './delete.dialog.jsx';
import { RenameDialog } from './rename.dialog.jsx';
import { ReplaceSecretDialog } from './replace-secret.dialog.jsx';
import { StatusDialog } from './status.dialog.jsx';

const ACTIONS = ['rename', 'status', 'regenerate', 'reset', 'delete'] as const;
type Action = (typeof ACTIONS)[number];

interface Props {
  readonly connection: ConnectionFieldsFragment;
  /** Is given the secret that the gateway has just made. */
  readonly onSecret: (secret: string) => void;
}

/** What a super admin may do with a connection; nobody else sees it. */
export function ConnectionActions({ connection, onSecret }: Props): ReactNode {
  const [action, setAction] = useState<Action>();
  if (!useMayChange()) return null;
  const dialog = { connection, onClose: () => setAction(undefined) };
  return (
    <>
      <MenuProvider placement="bottom-end">
        <MenuButton className="button" aria-label={texts.actions.menu(connection.name)}>
          {texts.actions.title}
          <span className="caret" aria-hidden="true">
            ▾
          </span>
        </MenuButton>
        <Menu className="menu" gutter={4}>
          {ACTIONS.filter((each) => isOffered(each, connection)).map((each) => (
            <MenuItem key={each} className="menu-item" onClick={() => setAction(each)}>
              {nameOf(each, connection)}
            </MenuItem>
          ))}
        </Menu>
      </MenuProvider>
      {action === 'rename' && <RenameDialog {...dialog} />}
      {action === 'status' && <StatusDialog {...dialog} />}
      {action === 'regenerate' && <ReplaceSecretDialog {...dialog} how="regenerate" onSecret={onSecret} />}
      {action === 'reset' && <ReplaceSecretDialog {...dialog} how="reset" onSecret={onSecret} />}
      {action === 'delete' && <DeleteDialog {...dialog} />}
    </>
  );
}

/** A tenant makes its secrets itself. */
function isOffered(action: Action, { issuer }: ConnectionFieldsFragment): boolean {
  return issuer === 'LOCAL' || (action !== 'regenerate' && action !== 'reset');
}

function nameOf(action: Action, { status, authenticationType }: ConnectionFieldsFragment): string {
  const { actions } = texts;
  if (action === 'status') return status === 'ACTIVE' ? actions.disable.name : actions.enable.name;
  return action === 'regenerate' ? actions.regenerate.name[authenticationType] : actions[action].name;
}
