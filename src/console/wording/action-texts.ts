/** What the console says of the changes that a super admin makes to a connection. */
export const actionTexts = {
  title: 'Edit Connection',
  menu: (name: string) => `Edit connection ${name}`,
  cancel: 'Cancel',
  underWay: 'One moment…',
  neverUsed: 'Its secret was never used.',
  lastUsed: 'Its secret was last used',
  rename: {
    name: 'Rename',
    title: (name: string) => `Rename “${name}”`,
    explanation: 'Credentials and tokens stay as they are.',
  },
  disable: {
    name: 'Disable',
    title: (name: string) => `Disable “${name}”`,
    explanation:
      'Its secret and all of its tokens are refused at once. You can enable it again; its tokens stay refused, so machines have to get new ones.',
  },
  enable: {
    name: 'Enable',
    title: (name: string) => `Enable “${name}”`,
    explanation: 'Its secret is accepted again. Machines get new tokens with it.',
  },
  status: { name: 'Status' },
  regenerate: {
    name: { OAUTH: 'Re-Generate OAuth Credentials', ACCESS_KEY: 'Re-Generate Access Key' },
    title: {
      OAUTH: (name: string) => `Re-generate the secret of “${name}”`,
      ACCESS_KEY: (name: string) => `Re-generate the access key of “${name}”`,
    },
    explanation: {
      OAUTH:
        'You get a new secret. The old one is refused at once, so machines that use it get no new token. The client id stays, and tokens that are out live on until they expire.',
      ACCESS_KEY:
        'You get a new key. The old one is refused at once: whatever sends it stops working until it has the new one.',
    },
    confirm: 'Re-Generate',
  },
  reset: {
    name: 'Reset after a leak',
    title: (name: string) => `Reset “${name}” after a leak`,
    explanation: {
      OAUTH: 'You get a new secret. The old one and every token are refused at once, everywhere.',
      ACCESS_KEY: 'You get a new key. The old one is refused at once, everywhere.',
    },
    confirm: 'Reset',
  },
  delete: {
    name: 'Delete',
    title: (name: string) => `Delete “${name}”`,
    explanation: 'Its credentials and all of its tokens are refused at once and for good. This cannot be undone.',
    typeName: 'To confirm, type its name:',
  },
} as const;
