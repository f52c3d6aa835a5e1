import { Text } from '@mantine/core';
import { partsPages, resources } from '../resources/resources.ts';
import { t } from '../texts/texts.ts';
import { partOf, useVariables } from '../kit/areas.ts';

/** The pages of resources by their keys: arranged by hand, or made from their definitions. Not in the first page. */

const List = partOf(() => import('../resources/list-page.tsx'), 'ListPage');

const Item = partOf(() => import('../resources/item-page.tsx'), 'ItemPage');

const Parts = partOf(() => import('../resources/parts-page.tsx'), 'PartsPage');

const Schedule = partOf(() => import('../schedules/schedule-page.tsx'), 'SchedulePage');

const MailboxItem = partOf(() => import('../voicemail/mailbox-page.tsx'), 'MailboxPage');

const Customer = partOf(() => import('../customers/customer-page.tsx'), 'CustomerPage');

const PriceList = partOf(() => import('../pricelists/price-list-page.tsx'), 'PriceListPage');

/** Resources that have a page arranged by hand instead of a form. */
const Flow = partOf(() => import('../flows/flow-page.tsx'), 'FlowPage');

const numbers = {
  list: partOf(() => import('../numbers/numbers-page.tsx'), 'NumbersPage'),
  item: partOf(() => import('../numbers/number-page.tsx'), 'NumberPage'),
};

const people = {
  list: partOf(() => import('../people/users-page.tsx'), 'UsersPage'),
  item: partOf(() => import('../people/user-page.tsx'), 'UserPage'),
};

const phones = {
  list: partOf(() => import('../phones/phones-page.tsx'), 'PhonesPage'),
  item: partOf(() => import('../phones/phone-page.tsx'), 'PhonePage'),
};

const noPage = <Text>{t('There is no such page.')}</Text>;

export function ListRoute() {
  const { key = '' } = useVariables();
  if (key === 'numbers') return <numbers.list />;
  if (key === 'users') return <people.list />;
  if (key === 'devices') return <phones.list />;
  const of = resources.find((each) => each.key === key);
  return of === undefined ? noPage : <List key={of.key} of={of} />;
}

export function ItemRoute() {
  const { key = '', id = '' } = useVariables();
  if (key === 'schedules') return <Schedule key={id} id={id} />;
  if (key === 'mailboxes' && id !== 'new') return <MailboxItem key={id} id={id} />;
  if (key === 'callflows') return <Flow key={id} id={id} />;
  if (key === 'devices') return <phones.item key={id} id={id} />;
  const of = resources.find((each) => each.key === key);
  if (of === undefined) return noPage;
  const ItemOf = { numbers: numbers.item, users: people.item, orgs: Customer, tariffs: PriceList }[key] ?? Item;
  return <ItemOf key={`${key} ${id}`} of={of} id={id} />;
}

export function PartsRoute() {
  const { key = '' } = useVariables();
  const of = partsPages.find((each) => each.key === key);
  return of === undefined ? noPage : <Parts key={key} of={of} />;
}
