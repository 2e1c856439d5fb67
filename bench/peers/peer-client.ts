/** The client that oidc-provider knows, as long as Latchkey's are: both parse headers of the same size. */
export const PEER_CLIENT = { clientId: `lkid_${'0'.repeat(22)}`, secret: `lkcs_${'0'.repeat(49)}` } as const;
