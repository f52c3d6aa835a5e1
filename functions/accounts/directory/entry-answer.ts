import * as z from 'zod';
import { presenceStatuses, type DirectoryEntry } from '../schema/directory.ts';
import { organizationText, Timestamp } from '#schema/values.ts';

/** Entries as answered. */

export const views = ['full', 'summary', 'contact'] as const;
export type View = (typeof views)[number];

const nullableText = (description: string) => z.string().nullable().describe(description);

const FurtherNumbers = z
  .object({
    mobilePhone: nullableText('Mobile number (E.164)'),
    workPhone: nullableText('Number at work (E.164)'),
    fax: nullableText('Fax number (E.164)'),
  })
  .describe('Further numbers');

const fields = {
  userId: z.string().describe('Id of the user or contact'),
  orgId: z.string().describe('Organization'),
  displayName: z.string().describe('Name by which the directory is sorted'),
  firstName: nullableText('First name'),
  lastName: nullableText('Last name'),
  email: nullableText('E-mail address'),
  extension: nullableText('Extension'),
  directNumber: nullableText('Direct number (E.164)'),
  department: nullableText('Department'),
  title: nullableText('Title'),
  location: nullableText('Location'),
  timezone: z.string().describe('Time zone (IANA)'),
  presence: z
    .object({
      status: z.enum(presenceStatuses).describe('Presence as last set; offline if it was never set'),
      message: nullableText('What others see with it'),
      lastUpdated: Timestamp.nullable().describe('Time at which it was set; null: never'),
    })
    .describe('Presence'),
  contactInfo: FurtherNumbers,
  avatar: nullableText('https URL of a picture'),
  createdAt: Timestamp.describe('Time of creation'),
  updatedAt: Timestamp.describe('Time of the last change'),
} as const;

const example = {
  userId: 'dir_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  orgId: 'org_1001',
  displayName: 'Ann Lee',
  email: 'ann@example.com',
  extension: '204',
  directNumber: '+4610100555',
  contactInfo: { mobilePhone: '+46701234567', workPhone: null, fax: null },
};

const full = z.object(fields);

/** One entry; `view` selects its fields. */
export const Entry = full
  .partial()
  .required({ userId: true, displayName: true, extension: true })
  .meta({ id: 'DirectoryEntry', example });

const fieldsOfView = {
  full: undefined,
  summary: ['userId', 'orgId', 'displayName', 'extension', 'department', 'title'],
  contact: ['userId', 'displayName', 'email', 'extension', 'directNumber', 'contactInfo'],
} as const satisfies Record<View, readonly (keyof typeof fields)[] | undefined>;

/** One page of entries. */
export const EntryPage = z
  .object({
    entries: z.array(Entry).describe('Entries of the page'),
    pagination: z
      .object({
        total: z.int().describe('Number of matches, up to 1,000; with count=true up to 10,000'),
        limit: z.int().describe('Largest number of entries on the page'),
        offset: z.int().describe('Number of matches before the page'),
        hasMore: z.boolean().describe('Whether more entries follow; next_page_token continues'),
      })
      .describe('Figures of the page'),
  })
  .meta({
    id: 'DirectoryPage',
    example: { entries: [example], pagination: { total: 1, limit: 50, offset: 0, hasMore: false } },
  });

type Home = { readonly org_id: number; readonly timezone: string };

const presentFully = (entry: DirectoryEntry, home: Home): z.input<typeof full> => ({
  userId: entry.id,
  orgId: organizationText(home.org_id),
  displayName: entry.display_name,
  firstName: entry.first_name,
  lastName: entry.last_name,
  email: entry.email,
  extension: entry.extension,
  directNumber: entry.direct_number,
  department: entry.department,
  title: entry.title,
  location: entry.location,
  timezone: entry.timezone ?? home.timezone,
  presence: {
    status: entry.presence?.status ?? 'offline',
    message: entry.presence?.message ?? null,
    lastUpdated: entry.presence?.updated_at ?? null,
  },
  contactInfo: { mobilePhone: entry.mobile_phone, workPhone: entry.work_phone, fax: entry.fax },
  avatar: entry.avatar,
  createdAt: entry.created_at,
  updatedAt: entry.updated_at,
});

/** An entry as answered; the default time zone is the organization's. */
export function presentEntry(entry: DirectoryEntry, home: Home, view: View = 'full'): z.input<typeof Entry> {
  const all = presentFully(entry, home);
  const shown: readonly string[] | undefined = fieldsOfView[view];
  const { userId, displayName, extension } = all;
  const picked = Object.entries(all).filter(([name]) => shown === undefined || shown.includes(name));
  return { ...Object.fromEntries(picked), userId, displayName, extension };
}
