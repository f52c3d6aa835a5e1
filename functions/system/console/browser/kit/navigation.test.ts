import { expect, test } from 'vitest';
import { builtInRoles } from '#contract/scopes.ts';
import { audienceOf } from './audience.ts';
import { openAddress, sectionsFor, sectionsToFind, titleAt } from './navigation.ts';

const titlesOf = (sections: ReturnType<typeof sectionsFor>): readonly string[] => sections.map(({ title }) => title);

const { agent, admin, reseller, operator } = builtInRoles;

test.each([
  ['a worker', audienceOf({ own_only: agent.ownOnly }, 'customer'), agent, 6],
  ['an administrator of a tenant', audienceOf({ own_only: [] }, 'customer'), admin, 9],
  ['a reseller', audienceOf({ own_only: [] }, 'reseller'), reseller, 8],
  ['the operator', audienceOf({ own_only: [] }, 'operator'), operator, 9],
] as const)('%s has few sections', (_who, audience, { scopes }, most) => {
  const titles = titlesOf(sectionsFor({ scopes }, audience));
  expect(titles).toHaveLength(most);
  expect(new Set(titles).size).toBe(most);
});

const titlesIn = ({ scopes }: { readonly scopes: readonly string[] }, audience: 'tenant' | 'operator', of: string) =>
  sectionsFor({ scopes }, audience)
    .find(({ title }) => title === of)
    ?.entries.map(({ title }) => title);

test('who manages calls and pays for them has the recordings and the statement at hand', () => {
  expect(titlesIn(admin, 'tenant', 'Calls')).toEqual(['Live calls', 'Call history', 'Recordings']);
  expect(titlesIn(admin, 'tenant', 'Billing')).toContain('Statement');
});

test('the settings of the operator’s organization are those of the platform, listed once', () => {
  const platform = titlesIn(operator, 'operator', 'Platform');
  expect(platform?.slice(0, 3)).toEqual(['Health', 'Sign-ins', 'Platform settings']);
  expect(titlesIn(operator, 'operator', 'Settings')).not.toContain('Organization');
});

test('a person sees the pages that its scopes open, and no section without any', () => {
  const pages = sectionsFor({ scopes: ['users:read'] }, 'tenant');
  expect(pages.map(({ title, entries }) => [title, ...entries.map((entry) => entry.title)])).toEqual([
    ['Home', 'Home'],
    ['People', 'Users', 'Groups', 'Directory'],
    ['Settings', 'Access keys'],
  ]);
});

test('customers and profit are pages of sellers: what a customer is charged is no loss of its numbers', () => {
  const pagesOf = (audience: 'tenant' | 'reseller') =>
    sectionsFor({ scopes: admin.scopes }, audience).flatMap(({ entries }) => entries.map(({ title }) => title));
  expect(pagesOf('tenant')).not.toEqual(expect.arrayContaining(['Profit by number']));
  expect(pagesOf('reseller')).toEqual(expect.arrayContaining(['Customers', 'Profit by number']));
});

test('the open page is the one whose address is the longest beginning of the path', () => {
  const sections = sectionsFor({ scopes: admin.scopes }, 'tenant');
  const paths = ['/', '/dialplan', '/dialplan/pol_1', '/dialplan/simulator', '/r/users/usr_1', '/account'];
  expect(paths.map((path) => openAddress(sections, path))).toEqual([
    ...['/', '/dialplan', '/dialplan', '/dialplan/simulator', '/r/users', undefined],
  ]);
});

test('a page is called as the entry of the audience: a tenant has one balance, a seller those of its customers', () => {
  const titles = (['tenant', 'reseller', 'worker'] as const).map((audience) => titleAt('/r/balances', audience));
  expect(titles).toEqual(['Balance', 'Balances', undefined]);
});

const addressesFor = (of: typeof sectionsFor, scopes: readonly string[], audience: 'worker' | 'tenant' | 'reseller') =>
  of({ scopes }, audience).flatMap(({ entries }) => entries.map(({ address }) => address));

test('a seller finds the pages of its own organization that its navigation does not list, each once', () => {
  const [listed, found] = [sectionsFor, sectionsToFind].map((of) => addressesFor(of, reseller.scopes, 'reseller'));
  expect(listed).not.toContain('/r/sms');
  expect(found).toEqual(expect.arrayContaining([...(listed ?? []), '/r/sms', '/p/sms-log', '/r/callflows']));
  expect(new Set(found).size).toBe(found?.length);
});

test('no one finds what its scopes do not open, and only sellers find more than their navigation lists', () => {
  expect(addressesFor(sectionsToFind, ['orgs:read'], 'reseller')).not.toContain('/r/sms');
  for (const audience of ['worker', 'tenant'] as const)
    expect(addressesFor(sectionsToFind, admin.scopes, audience)).toEqual(
      addressesFor(sectionsFor, admin.scopes, audience),
    );
});
