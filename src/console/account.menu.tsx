import { Menu, MenuButton, MenuItem, MenuProvider } from '@ariakit/react';
import { type ReactNode, useState } from 'react';
import { urlOf } from './gateway/base-url.js';
import { useViewer } from './gateway/session.context.js';
import { texts } from './wording/texts.js';

/** Who is signed in, and how to sign out. */
export function AccountMenu(): ReactNode {
  const { id, role, organization } = useViewer();
  const [problem, setProblem] = useState<string>();
  const signOut = async (path: 'sign-out' | 'sign-out/everywhere') => {
    const answer = await fetch(urlOf(path), { method: 'POST' }).catch(() => undefined);
    if (answer?.ok) location.assign(urlOf(''));
    else setProblem(answer?.status === 401 ? texts.account.ended : texts.account.failed);
  };
  return (
    <div className="account">
      {problem && <p role="alert">{problem}</p>}
      <MenuProvider placement="bottom-end">
        <MenuButton className="button">
          <span className="visually-hidden">{texts.account.of}</span>
          <span className="account-id">{id}</span>
          <span>&nbsp;· {texts.account.roles[role]}</span>
          <span className="caret" aria-hidden="true">
            ▾
          </span>
        </MenuButton>
        <Menu className="menu" gutter={4}>
          <p>{id}</p>
          <p className="hint">{texts.account.organization(organization.id)}</p>
          <MenuItem className="menu-item" onClick={() => signOut('sign-out')}>
            {texts.account.signOut}
          </MenuItem>
          <MenuItem className="menu-item" onClick={() => signOut('sign-out/everywhere')}>
            {texts.account.signOutEverywhere}
          </MenuItem>
        </Menu>
      </MenuProvider>
    </div>
  );
}
