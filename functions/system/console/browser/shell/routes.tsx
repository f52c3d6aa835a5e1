import { Text } from '@mantine/core';
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  useSearch,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { partOf, useVariables } from '../kit/areas.ts';
import { LoadingPage, Page, Problem } from '../kit/page.tsx';
import { useAudience } from '../kit/selling.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import { Shell } from './shell.tsx';

/** The pages by their addresses behind `#`. Each area is loaded when one of its pages is opened. */

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Page title={t('Not found')}>
      <Text>{t('There is no such page.')}</Text>
    </Page>
  ),
  errorComponent: ({ error }: ErrorComponentProps) => (
    <Page title={t('Something went wrong')}>
      <Problem error={error} />
    </Page>
  ),
});

const calls = {
  overview: partOf(() => import('../overview/overview.tsx'), 'OverviewPage'),
  live: partOf(() => import('../calls/live.tsx'), 'LiveCallsPage'),
  search: partOf(() => import('../calls/search.tsx'), 'CallSearchPage'),
  call: partOf(() => import('../calls/call.tsx'), 'CallPage'),
};
const Worker = partOf(() => import('../worker/worker-page.tsx'), 'WorkerPage');
const Welcome = partOf(() => import('../welcome/welcome-page.tsx'), 'WelcomePage');
const Customers = partOf(() => import('../customers/customers.tsx'), 'CustomersPage');

const Statement = partOf(() => import('../customers/statement-page.tsx'), 'StatementPage');
const Audit = partOf(() => import('../audit/audit-page.tsx'), 'AuditPage');

const Organization = partOf(() => import('../organization/organization-page.tsx'), 'OrganizationPage');

const dialplan = {
  policies: partOf(() => import('../dialplan/policies.tsx'), 'PoliciesPage'),
  policy: partOf(() => import('../dialplan/policy.tsx'), 'PolicyPage'),
  simulator: partOf(() => import('../dialplan/simulator-page.tsx'), 'SimulatorPage'),
};

const resourceRoutes = {
  list: partOf(() => import('./resource-routes.tsx'), 'ListRoute'),
  item: partOf(() => import('./resource-routes.tsx'), 'ItemRoute'),
  parts: partOf(() => import('./resource-routes.tsx'), 'PartsRoute'),
};

const under = { getParentRoute: () => root } as const;

function CallRoute() {
  const { id = '' } = useVariables();
  const { at } = useSearch({ strict: false }) as { readonly at?: unknown };
  return <calls.call id={id} at={typeof at === 'string' ? at : undefined} />;
}

/** Workers begin with their phone, all others with the figures. */
const HomeRoute = () => (useAudience() === 'worker' ? <Worker /> : <calls.overview />);

/** The id of the organization whose pages are open. */
function useOpenOrganization(): string {
  const { organization } = useSigning();
  const { org_id: own } = useSession();
  return organization ?? own;
}

function OrganizationRoute() {
  const id = useOpenOrganization();
  return <Organization key={id} id={id} />;
}

function StatementRoute() {
  const id = useOpenOrganization();
  return <Statement key={id} id={id} />;
}

/** Of the platform: entries about its accounts. */
const SignInsRoute = () => <Audit title={t('Sign-ins')} area="auth" />;

const RecordingsRoute = () => <calls.search isOfRecorded />;

function PolicyRoute() {
  const { id = '' } = useVariables();
  return <dialplan.policy key={id} id={id} />;
}

/** Whether the bundle has the gallery of the kit: that of `npm run dev` (infra/browser-bundle.ts replaces the name). */
declare const hasGallery: boolean;
const galleryRoutes = hasGallery
  ? [
      createRoute({
        ...under,
        path: '/gallery',
        component: partOf(() => import('../gallery/gallery-page.tsx'), 'GalleryPage'),
      }),
    ]
  : [];

const tree = root.addChildren([
  ...galleryRoutes,
  createRoute({ ...under, path: '/', component: HomeRoute }),
  createRoute({ ...under, path: '/welcome', component: Welcome }),
  createRoute({ ...under, path: '/customers', component: Customers }),
  createRoute({ ...under, path: '/organization', component: OrganizationRoute }),
  createRoute({ ...under, path: '/live', component: calls.live }),
  createRoute({ ...under, path: '/search', component: calls.search }),
  createRoute({ ...under, path: '/recordings', component: RecordingsRoute }),
  createRoute({ ...under, path: '/statement', component: StatementRoute }),
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
  createRoute({ ...under, path: '/r/$key', component: resourceRoutes.list }),
  createRoute({ ...under, path: '/r/$key/$id', component: resourceRoutes.item }),
  createRoute({ ...under, path: '/usage', component: partOf(() => import('../usage/usage-page.tsx'), 'UsagePage') }),
  createRoute({ ...under, path: '/p/audit', component: Audit }),
  createRoute({ ...under, path: '/p/sign-ins', component: SignInsRoute }),
  createRoute({
    ...under,
    path: '/p/sms-log',
    component: partOf(() => import('../messages/sms-log-page.tsx'), 'SmsLogPage'),
  }),
  createRoute({
    ...under,
    path: '/p/health',
    component: partOf(() => import('../health/health-page.tsx'), 'HealthPage'),
  }),
  createRoute({ ...under, path: '/p/$key', component: resourceRoutes.parts }),
  createRoute({ ...under, path: '/dialplan', component: dialplan.policies }),
  createRoute({ ...under, path: '/dialplan/simulator', component: dialplan.simulator }),
  createRoute({ ...under, path: '/dialplan/$id', component: PolicyRoute }),
]);

const addresses = createHashHistory();
const { createHref } = addresses;
// Whole addresses: what begins with `#` is a place within a page to those who read the document (axe, "skip-link").
addresses.createHref = (href) => location.origin + createHref(href);

export const router = createRouter({
  routeTree: tree,
  history: addresses,
  defaultPendingComponent: LoadingPage,
});
