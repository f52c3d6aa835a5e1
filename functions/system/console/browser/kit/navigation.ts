import { t } from '../texts/texts.ts';
import {
  IconBuilding,
  IconCoins,
  IconDevice,
  IconHistory,
  IconHome,
  IconMessage,
  IconNumber,
  IconPhone,
  IconPlatform,
  IconPriceList,
  IconReport,
  IconRoute,
  IconSettings,
  IconTrunk,
  IconUsers,
  IconVoicemail,
} from './icons.ts';
import type { Audience } from './audience.ts';
import { isAllowed, type Holder } from './rights.ts';

/** What the console has for whom: sections with an icon, and the pages in each. */

export type Entry = {
  readonly title: string;
  readonly address: string;
  /** Scopes of which one opens the page; none: anyone may. */
  readonly scopes: readonly string[];
};

export type Section = {
  readonly title: string;
  readonly icon: typeof IconHome;
  /** One page: the section is the link to it. */
  readonly entries: readonly Entry[];
};

const entry = (title: string, address: string, ...scopes: readonly string[]): Entry => ({ title, address, scopes });
const section = (title: string, icon: Section['icon'], ...entries: readonly Entry[]): Section => ({
  title,
  icon,
  entries,
});

const home = section(t('Home'), IconHome, entry(t('Home'), '/'));

const people = [
  entry(t('Users'), '/r/users', 'users:read'),
  entry(t('Groups'), '/r/groups', 'users:read'),
  entry(t('Directory'), '/r/clientdirectory', 'users:read'),
];

const numbers = section(t('Numbers'), IconNumber, entry(t('Numbers'), '/r/numbers', 'telephony:read'));

const dialPlan = [
  entry(t('Dial plan'), '/dialplan', 'dialplan:read'),
  entry(t('Try the dial plan'), '/dialplan/simulator', 'dialplan:read'),
];

const phones = [
  entry(t('Phones'), '/r/devices', 'telephony:read'),
  entry(t('Browser phones'), '/p/lines', 'calls:read'),
  entry(t('SIM cards'), '/r/mobile', 'telephony:read'),
];

const calls = section(
  t('Calls'),
  IconHistory,
  entry(t('Live calls'), '/live', 'calls:read'),
  entry(t('Call history'), '/search', 'cdr:read'),
  entry(t('Recordings'), '/recordings', 'recordings:read'),
);

const trunks = [
  entry(t('Trunks'), '/r/siptrunk', 'telephony:read'),
  entry(t('Gateways'), '/r/sipgateways', 'telephony:read'),
  entry(t('Gateway health'), '/p/gateway-health', 'telephony:read'),
];

const certificates = entry(t('Certificates for calls'), '/r/stir-certificates', 'telephony:read');

const organization = entry(t('Organization'), '/organization', 'orgs:read');

const organizationSettings = [
  entry(t('Domains'), '/r/domains', 'telephony:read'),
  entry(t('Allowed networks'), '/r/orgips', 'orgs:read'),
  entry(t('Access keys'), '/r/accesskeys'),
  entry(t('Webhooks'), '/r/webhooks', 'system:read'),
  entry(t('Connectors'), '/r/dataconnector', 'system:read'),
  entry(t('Files'), '/r/files', 'files:read'),
  entry(t('Retention'), '/r/archiving', 'system:read'),
  entry(t('Legal holds'), '/r/legalholds', 'system:read'),
  entry(t('Notices'), '/p/notifier', 'system:read'),
  entry(t('Audit log'), '/p/audit', 'system:read'),
];

const priceLists = section(t('Price lists'), IconPriceList, entry(t('Price lists'), '/r/tariffs', 'billing:read'));

const usage = entry(t('Usage'), '/usage', 'cdr:read');

const reports = section(
  t('Reports'),
  IconReport,
  usage,
  entry(t('Profit by number'), '/p/profit', 'billing:read'),
  entry(t('Balances'), '/r/balances', 'billing:read'),
);

const selling: readonly Section[] = [
  home,
  section(t('Customers'), IconBuilding, entry(t('Customers'), '/customers', 'orgs:read')),
  priceLists,
  numbers,
  section(t('Carriers'), IconTrunk, ...trunks, certificates, ...dialPlan),
  calls,
  reports,
];

const ownOffice = [...people, ...phones.slice(0, 1)];

/** @param more before those of each organization */
const bySeller = (...more: readonly Entry[]): Section =>
  section(t('Settings'), IconSettings, ...ownOffice, ...more, ...organizationSettings);

const sections: Readonly<Record<Audience, readonly Section[]>> = {
  worker: [
    section(t('Phone'), IconPhone, entry(t('Phone'), '/')),
    section(t('Calls'), IconHistory, entry(t('Calls'), '/search', 'cdr:read')),
    section(t('Voicemail'), IconVoicemail, entry(t('Voicemail'), '/voicemail', 'messaging:read')),
    section(t('Messages'), IconMessage, entry(t('Messages'), '/r/sms', 'messaging:read')),
    section(t('Directory'), IconUsers, entry(t('Directory'), '/r/clientdirectory', 'users:read')),
    section(
      t('My settings'),
      IconSettings,
      entry(t('Forwarding'), '/callhandling'),
      entry(t('My devices'), '/r/devices', 'telephony:read'),
      entry(t('Account'), '/account'),
    ),
  ],
  tenant: [
    home,
    section(t('People'), IconUsers, ...people),
    numbers,
    section(
      t('Call routing'),
      IconRoute,
      entry(t('Call flows'), '/r/callflows', 'telephony:read'),
      entry(t('Ring groups'), '/r/ringgroups', 'telephony:read'),
      entry(t('Opening hours'), '/r/schedules', 'telephony:read'),
      entry(t('Blocked callers'), '/r/blockedcallers', 'telephony:read'),
      entry(t('Extensions'), '/r/extensions', 'telephony:read'),
      ...dialPlan,
    ),
    section(t('Phones'), IconDevice, ...phones),
    calls,
    section(
      t('Messages'),
      IconMessage,
      entry(t('SMS'), '/r/sms', 'messaging:read'),
      entry(t('SMS log'), '/p/sms-log', 'messaging:read'),
      entry(t('E-mail'), '/r/email', 'messaging:read'),
      entry(t('Mailboxes'), '/r/mailboxes', 'messaging:read'),
      entry(t('Voicemail drops'), '/r/voicemaildrop', 'messaging:read'),
      entry(t('Templates'), '/r/emailtemplates', 'messaging:read'),
      entry(t('Opt-outs'), '/r/smsoptouts', 'messaging:read'),
      entry(t('Blocked addresses'), '/r/emailsuppressions', 'messaging:read'),
    ),
    section(
      t('Billing'),
      IconCoins,
      entry(t('Balance'), '/r/balances', 'billing:read'),
      usage,
      entry(t('Statement'), '/statement', 'billing:read'),
      entry(t('Price lists'), '/r/tariffs', 'billing:read'),
      entry(t('What a call costs'), '/p/rates', 'billing:read'),
    ),
    section(t('Settings'), IconSettings, organization, ...organizationSettings, ...trunks),
  ],
  reseller: [...selling, bySeller(organization)],
  operator: [
    ...selling,
    bySeller(),
    section(
      t('Platform'),
      IconPlatform,
      entry(t('Health'), '/p/health', 'system:read'),
      entry(t('Sign-ins'), '/p/sign-ins', 'system:read'),
      // The organization of the operator is the platform.
      entry(t('Platform settings'), organization.address, ...organization.scopes),
      entry(t('Organizations'), '/r/orgs', 'orgs:read'),
      entry(t('Archive'), '/p/archive', 'system:read'),
      entry(t('Certificate authorities'), '/p/stir-authorities', 'system:read'),
      entry(t('Charging tasks'), '/p/cdr-tasks', 'cdr:read'),
    ),
  ],
};

/** What is opened from the menu of the person, and found by searching. */
const own: readonly Entry[] = [
  entry(t('My call handling'), '/callhandling'),
  entry(t('My voicemail'), '/voicemail', 'messaging:read'),
  entry(t('My account'), '/account'),
];

/** The sections of an audience, with the pages that the person may open. */
export const sectionsFor = (session: Holder, audience: Audience): readonly Section[] =>
  sections[audience]
    .map((each) => ({ ...each, entries: each.entries.filter(({ scopes }) => isAllowed(session, scopes)) }))
    .filter(({ entries }) => entries.length > 0);

/**
 * The sections of an audience, and those that it finds by searching only: a seller has the pages of a tenant, for its
 * own organization, though its navigation is about its customers.
 */
export function sectionsToFind(session: Holder, audience: Audience): readonly Section[] {
  const listed = sectionsFor(session, audience);
  if (audience === 'worker' || audience === 'tenant') return listed;
  const addresses = new Set(listed.flatMap(({ entries }) => entries.map(({ address }) => address)));
  const others = sectionsFor(session, 'tenant').map((each) => ({
    ...each,
    entries: each.entries.filter(({ address }) => !addresses.has(address)),
  }));
  return [...listed, ...others.filter(({ entries }) => entries.length > 0)];
}

/** What an audience calls the page at an address; undefined: no entry leads there. */
export const titleAt = (address: string, audience: Audience): string | undefined =>
  sections[audience].flatMap(({ entries }) => entries).find((each) => each.address === address)?.title;

/** The pages of the person itself. */
export const ownEntries = (session: Holder): readonly Entry[] => own.filter(({ scopes }) => isAllowed(session, scopes));

/** The address of the entry whose page is open: the longest one with which the path begins. Undefined: none. */
export function openAddress(shown: readonly Section[], path: string): string | undefined {
  const addresses = shown.flatMap(({ entries }) => entries).map(({ address }) => address);
  const isOpen = (address: string): boolean => path === address || (address !== '/' && path.startsWith(`${address}/`));
  return addresses.filter(isOpen).toSorted((one, other) => other.length - one.length)[0];
}
