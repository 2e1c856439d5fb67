import type { Page } from 'playwright-core';

/** The roles of its first table and of what that is made of, as the browser tells them to assistive technology. */
export async function tableRolesOn(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'table' });
  const { nodes } = await session.send('Accessibility.queryAXTree', { nodeId });
  await session.detach();
  const roles = nodes.filter(({ ignored }) => !ignored).map(({ role }) => String(role?.value));
  return roles.filter((role) => /^(table|row(group)?|(row|column)header|cell)$/.test(role));
}
