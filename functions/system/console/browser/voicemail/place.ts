import type { ApiRequest } from '../kit/api-request.ts';

/** Which mailbox a page is about. */
export type Place = {
  /** Its name. */
  readonly mailbox: string;
  /** Its organization; undefined: the one that is looked at. */
  readonly organization?: string;
};

/** A request in the organization of a mailbox. @param path begins with `/voicemail` */
export const requestAt = (
  { organization }: Place,
  method: string,
  path: string,
  more: Pick<ApiRequest, 'query' | 'body'> = {},
): ApiRequest => ({ method, path, ...more, query: { ...more.query, org_id: organization } });

export const messagePath = (id: string): string => `/voicemail/${encodeURIComponent(id)}`;

export const settingsPath = ({ mailbox }: Place): string => `/voicemailprefs/${encodeURIComponent(mailbox)}`;

export const greetingPath = (place: Place, use: string): string => `${settingsPath(place)}/greetings/${use}`;

export const settingsKey = ({ mailbox }: Place): readonly unknown[] => ['mailbox', mailbox];
