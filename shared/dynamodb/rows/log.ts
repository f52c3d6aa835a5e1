import type { KeptLine } from '../../schema/log-line.ts';
import { row } from '../row.ts';

/** A line of a resource's log. */
export type LogItem = KeptLine & {
  /** The resource. */
  readonly entity: { readonly type: string; readonly id: string };
  /** Distinguishes lines with the same time. */
  readonly mark: string;
};

type LogKey = Pick<LogItem, 'entity' | 'at' | 'mark'>;

/** The GSI1 partition of all lines of an organization, after the entity. */
export const linesOf = (organization: number): readonly string[] => [String(organization)];

/** `log#1001#org/org_1001` by time; GSI1: all lines of the organization by time. */
export const logRow = row<'log', LogItem, LogKey, Pick<LogItem, 'entity'>>('log', {
  records: 'logs',
  afterClosing: 'logs are kept for their retention',
  unsharded: 'a partition takes 1,000 lines a second of an organization',
  partition: ({ entity: { type, id } }) => [`${type}/${id}`],
  sort: ({ at, mark }) => `${at}#${mark}`,
  index1: ({ at }, organization) => ({ partition: linesOf(organization), sort: at }),
});

/** Bounds of the sort keys of lines from one instant (inclusive) to another (exclusive); open by default. */
export const linesBetween = ({
  from = '',
  to = '9',
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): readonly [string, string] => [from, to];
