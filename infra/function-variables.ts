import { isIP } from 'node:net';

/** Whether a text is a value of the setting, and how a value looks. */
type Form = { readonly accepts: (text: string) => boolean; readonly example: string };

const matching = (pattern: RegExp, example: string): Form => ({ accepts: (text) => pattern.test(text), example });
const count = matching(/^[1-9]\d{0,8}$/, '600');
const addresses: Form = {
  accepts: (text) => text.split(',').every((each) => isIP(each) !== 0),
  example: '192.0.2.1,2001:db8::1',
};

/** The address of `192.0.2.53`, `192.0.2.53:53`, `2001:db8::53` or `[2001:db8::53]:53`. */
const addressOf = (server: string): string =>
  server.replace(/^\[([^\]]+)\]:\d{1,5}$/, '$1').replace(/^([\d.]+):\d{1,5}$/, '$1');
const servers: Form = {
  accepts: (text) => text.split(',').every((each) => isIP(addressOf(each)) !== 0),
  example: '192.0.2.53,[2001:db8::53]:5353',
};

/** A page of the operator, to which a fragment is added. */
const pageUrl: Form = {
  accepts: (text) => URL.canParse(text) && /^https:\/\/[^\s#]{1,500}$/.test(text),
  example: 'https://portal.example.com/reset',
};

/** An origin, to which a path is added. */
const origin = matching(/^https:\/\/[a-z0-9.-]{1,253}(:\d{1,5})?$/, 'https://login.microsoftonline.us');

const hosts = matching(
  /^[a-z0-9.-]{1,253}(:\d{1,5})?(,[a-z0-9.-]{1,253}(:\d{1,5})?)*$/,
  'sso.example.com,sso.example.org:8443',
);

/** Settings of functions that a deployment may set; the function has the default. */
const forms: Readonly<Record<string, Form>> = {
  ADMIN_USERNAME: matching(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'admin'),
  DNS_SERVERS: servers,
  INDEX_SHARDS: matching(/^([1-9]|[1-5]\d|6[0-4])$/, '16'),
  MICROSOFT_LOGIN_URL: origin,
  OPERATOR_COUNTRY: matching(/^[A-Z]{2}$/, 'US'),
  PASSWORD_RESET_URL: pageUrl,
  RATE_LIMIT_CREDENTIAL: count,
  RATE_LIMIT_EMAIL: count,
  RATE_LIMIT_EVENTLOG: count,
  RATE_LIMIT_EVENTQUERY: count,
  RATE_LIMIT_FORGOTTEN: count,
  RATE_LIMIT_GATEWAYSTATUS: count,
  RATE_LIMIT_INGEST: count,
  RATE_LIMIT_LOGIN: count,
  RATE_LIMIT_ORGANIZATION: count,
  RATE_LIMIT_REJECTED: count,
  RATE_LIMIT_SMS: count,
  RATE_LIMIT_SCALE: matching(/^\d{1,6}(\.\d{1,3})?$/, '2'),
  RATE_LIMIT_STRANGERS: count,
  RATE_LIMIT_SWITCH: count,
  RATE_LIMIT_TEMPAUTH: count,
  SALESFORCE_HOSTS: hosts,
  SMS_CONFIGURATION_SET: matching(/^[A-Za-z0-9_-]{1,64}$/, 'receipts'),
  SMS_DEFAULT_PRICE: matching(/^\d{1,6}(\.\d{1,6})?$/, '0.0075'),
  TRUSTED_PROXIES: addresses,
};

/** `RATE_LIMIT_LOGIN` is the context `rateLimitLogin`. */
const contextOf = (variable: string): string =>
  variable.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The variables that a deployment may set, by the names of their context. */
export const variablesByContext: ReadonlyMap<string, string> = new Map(
  Object.keys(forms).map((variable) => [contextOf(variable), variable]),
);

/** The variables that context sets. @throws Error for a value that the function could not read */
export const variablesFrom = (textOf: (context: string) => string | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(forms).flatMap(([variable, { accepts, example }]) => {
      const text = textOf(contextOf(variable))?.replaceAll(/\s*,\s*/g, ',');
      if (text === undefined) return [];
      if (!accepts(text)) throw new Error(`${contextOf(variable)} must have the form of ${example}, not ${text}`);
      return [[variable, text]];
    }),
  );
