import { isLive, type PhoneLine } from '../../schema/phone.ts';
import { day, second } from '../../schema/time.ts';
import { readToEnd } from '../read-to-end.ts';
import { row } from '../row.ts';
import type { Table } from '../table.ts';
import { deviceRow, devicesOfUser } from './device.ts';

/** Milliseconds for which an ended line can be read. */
const endedPhoneTtl = day;

const endOf = ({ ended_at, expires_at }: PhoneLine): number => Date.parse(ended_at ?? expires_at);

/** Whether an ended line can no longer be read, even if its item still exists. */
export const isPhoneExpired = (line: PhoneLine, now: Date): boolean => now.getTime() >= endOf(line) + endedPhoneTtl;

/** `phone#1001`; while it is live GSI1: those of the organization, GSI2: those of a user. The newest is last. */
export const phoneRow = row<'phone', PhoneLine, { username: string }>('phone', {
  sort: ({ username }) => username,
  index1: (line, organization) =>
    line.ended_at === null ? { partition: livePhones(organization), sort: sortOf(line) } : undefined,
  index2: (line, organization) =>
    line.ended_at === null && line.user_id !== null
      ? { partition: phonesOfUser(organization, line.user_id), sort: sortOf(line) }
      : undefined,
  expires: (line) => Math.floor((endOf(line) + endedPhoneTtl) / second),
});

const sortOf = ({ created_at, username }: PhoneLine): string => `${created_at}#${username}`;

/** Partitions of the indexes, after the entity. */
export const livePhones = (organization: number): readonly string[] => [String(organization), 'live'];
export const phonesOfUser = (organization: number, user: string): readonly string[] => [
  String(organization),
  'user',
  user,
];

type PhoneReads = Pick<Table<'device@GSI1' | 'phone@GSI2'>, 'organization' | 'queryIndex'>;

/** The numbers of devices and live lines of a user. */
export async function phonesOf(
  table: PhoneReads,
  user: string,
  now: Date,
): Promise<{ readonly devices: number; readonly lines: number }> {
  const { organization } = table;
  const [devices, lines] = await Promise.all([
    readToEnd((after) => table.queryIndex(deviceRow, 'GSI1', devicesOfUser(organization, user), after)),
    readToEnd((after) => table.queryIndex(phoneRow, 'GSI2', phonesOfUser(organization, user), after)),
  ]);
  return { devices: devices.length, lines: lines.filter((line) => isLive(line, now)).length };
}

/** The number of devices and live lines of a user, which count together. */
export async function countPhonesOfUser(table: PhoneReads, user: string, now: Date): Promise<number> {
  const { devices, lines } = await phonesOf(table, user, now);
  return devices + lines;
}
