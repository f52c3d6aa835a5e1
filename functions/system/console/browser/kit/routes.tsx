import { Text } from '@mantine/core';
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  useParams,
  useSearch,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { partsPages, resources } from '../resources/resources.ts';
import { loadPart } from './connection.ts';
import { LoadingPage, Page, Problem } from './page.tsx';
import { Shell } from './shell.tsx';

/** The pages by their addresses behind `#`. Each area is loaded when one of its pages is opened. */

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Page title="Not found">
      <Text>There is no such page.</Text>
    </Page>
  ),
  errorComponent: ({ error }: ErrorComponentProps) => (
    <Page title="Something went wrong">
      <Problem error={error} />
    </Page>
  ),
});

/** As `lazyRouteComponent`, which alone would load the page again, and end the session, if the server is gone. */
const partOf: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => loadPart(load), name);

const calls = {
  overview: partOf(() => import('../overview/overview.tsx'), 'OverviewPage'),
  live: partOf(() => import('../calls/live.tsx'), 'LiveCallsPage'),
  search: partOf(() => import('../calls/search.tsx'), 'CallSearchPage'),
  call: partOf(() => import('../calls/call.tsx'), 'CallPage'),
};
const Customers = partOf(() => import('../customers/customers.tsx'), 'CustomersPage');
const List = partOf(() => import('../resources/list-page.tsx'), 'ListPage');
const Item = partOf(() => import('../resources/item-page.tsx'), 'ItemPage');

const Parts = partOf(() => import('../resources/parts-page.tsx'), 'PartsPage');

const dialplan = {
  policies: partOf(() => import('../dialplan/policies.tsx'), 'PoliciesPage'),
  policy: partOf(() => import('../dialplan/policy.tsx'), 'PolicyPage'),
  simulator: partOf(() => import('../dialplan/simulator-page.tsx'), 'SimulatorPage'),
};

/** Resources that have a page arranged by hand instead of a form. */
const Flow = partOf(() => import('../flows/flow-page.tsx'), 'FlowPage');

const Schedule = partOf(() => import('../schedules/schedule-page.tsx'), 'SchedulePage');

const numbers = {
  list: partOf(() => import('../numbers/numbers-page.tsx'), 'NumbersPage'),
  item: partOf(() => import('../numbers/number-page.tsx'), 'NumberPage'),
};

const MailboxItem = partOf(() => import('../voicemail/mailbox-page.tsx'), 'MailboxPage');

const under = { getParentRoute: () => root } as const;

const noPage = <Text>There is no such page.</Text>;

/** The variables of the page's address. */
const useVariables = (): { readonly id?: string; readonly key?: string } => useParams({ strict: false });

function CallRoute() {
  const { id = '' } = useVariables();
  const { at } = useSearch({ strict: false }) as { readonly at?: unknown };
  return <calls.call id={id} at={typeof at === 'string' ? at : undefined} />;
}

function ListRoute() {
  const { key = '' } = useVariables();
  if (key === 'numbers') return <numbers.list />;
  const of = resources.find((each) => each.key === key);
  return of === undefined ? noPage : <List key={of.key} of={of} />;
}

function ItemRoute() {
  const { key = '', id = '' } = useVariables();
  if (key === 'schedules') return <Schedule key={id} id={id} />;
  if (key === 'mailboxes' && id !== 'new') return <MailboxItem key={id} id={id} />;
  if (key === 'callflows') return <Flow key={id} id={id} />;
  const of = resources.find((each) => each.key === key);
  if (of === undefined) return noPage;
  const ItemOf = key === 'numbers' ? numbers.item : Item;
  return <ItemOf key={`${key} ${id}`} of={of} id={id} />;
}

function PolicyRoute() {
  const { id = '' } = useVariables();
  return <dialplan.policy key={id} id={id} />;
}

function PartsRoute() {
  const { key = '' } = useVariables();
  const of = partsPages.find((each) => each.key === key);
  return of === undefined ? noPage : <Parts key={key} of={of} />;
}

const tree = root.addChildren([
  createRoute({ ...under, path: '/', component: calls.overview }),
  createRoute({ ...under, path: '/customers', component: Customers }),
  createRoute({ ...under, path: '/live', component: calls.live }),
  createRoute({ ...under, path: '/search', component: calls.search }),
  createRoute({
    ...under,
    path: '/account',
    component: partOf(() => import('../account/profile.tsx'), 'ProfilePage'),
  }),
  createRoute({
    ...under,
    path: '/callhandling',
    component: partOf(() => import('../handling/handling-page.tsx'), 'CallHandlingPage'),
  }),
  createRoute({
    ...under,
    path: '/voicemail',
    component: partOf(() => import('../voicemail/voicemail-page.tsx'), 'VoicemailPage'),
  }),
  createRoute({ ...under, path: '/calls/$id', component: CallRoute }),
  createRoute({ ...under, path: '/r/$key', component: ListRoute }),
  createRoute({ ...under, path: '/r/$key/$id', component: ItemRoute }),
  createRoute({ ...under, path: '/p/$key', component: PartsRoute }),
  createRoute({ ...under, path: '/dialplan', component: dialplan.policies }),
  createRoute({ ...under, path: '/dialplan/simulator', component: dialplan.simulator }),
  createRoute({ ...under, path: '/dialplan/$id', component: PolicyRoute }),
]);

export const router = createRouter({
  routeTree: tree,
  history: createHashHistory(),
  defaultPendingComponent: LoadingPage,
});
