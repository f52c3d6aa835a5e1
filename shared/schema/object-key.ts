import { organizationText } from './values.ts';

/** The folder of the bucket `exports` with the results of searches of the SMS log. */
export const smsSearchFolder = 'sms-searches';

/** The key of a part of the report of an erasure in the bucket `exports`; without a part, of its end. */
export const erasureReportKey = (organization: number, id: string, part?: string): string =>
  `${organizationText(organization)}/erasure/${id}/${part === undefined ? 'report.json' : `part-${part}.jsonl`}`;

/** What an object in a bucket is: a version of a resource of an organization. */
export type ObjectName = {
  readonly organization: number;
  /** `files`, `voicemail`, … */
  readonly area: string;
  /** Id of the resource. */
  readonly id: string;
  readonly version: number;
};

/** The key of an object: `org_1001/files/file_01J9…/1`. */
export const objectKey = ({ organization, area, id, version }: ObjectName): string =>
  `${organizationText(organization)}/${area}/${id}/${version}`;

const form = /^org_([1-9][0-9]{3,11})\/([a-z-]+)\/([0-9A-Za-z_-]+)\/([1-9][0-9]{0,8})$/;

/** The object that a key names; undefined if the key has another form. */
export function readObjectKey(key: string): ObjectName | undefined {
  const [, organization, area, id, version] = form.exec(key) ?? [];
  if (area === undefined || id === undefined) return undefined;
  return { organization: Number(organization), area, id, version: Number(version) };
}
