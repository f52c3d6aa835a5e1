import { accessSync, constants, existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { everywhere, loopback } from '#infra/local/machine/addresses.ts';
import { faultsFrom } from '#infra/local/aws/faults.ts';
import { secretsFile } from '#infra/local/aws/secrets.ts';
import { newPasswordFault } from '#schema/new-password.ts';
import type { CloudOptions } from '#infra/local/cloud.ts';
import { LocalCloudError } from '#infra/local/templates/resource.ts';

/** Settings that every function gets unchanged if they are set. */
const passedOn = [
  'ADMIN_USERNAME',
  'DNS_SERVERS',
  'DOMAIN_VERIFICATION',
  'FAULTS',
  'MEDIA_RELAY',
  'MEDIA_RECORDING',
  'MICROSOFT_LOGIN_URL',
  'OPERATOR_COUNTRY',
  'OPERATOR_NAME',
  'OUTBOUND_ALLOW_PRIVATE',
  'PASSWORD_COST',
  'PASSWORD_RESET_URL',
  'PUBLIC_URL',
  'TRUSTED_PROXIES',
  'PERIOD_GRACE_HOURS',
  'RATE_LIMIT_CREDENTIAL',
  'RATE_LIMIT_EVENTLOG',
  'RATE_LIMIT_EVENTQUERY',
  'RATE_LIMIT_FORGOTTEN',
  'RATE_LIMIT_STRANGERS',
  'RATE_LIMIT_GATEWAYSTATUS',
  'RATE_LIMIT_INGEST',
  'RATE_LIMIT_LOGIN',
  'RATE_LIMIT_ORGANIZATION',
  'RATE_LIMIT_REJECTED',
  'RATE_LIMIT_SCALE',
  'RATE_LIMIT_SMS',
  'RATE_LIMIT_SWITCH',
  'RATE_LIMIT_TEMPAUTH',
  'SALESFORCE_HOSTS',
  'SIP_ADVERTISED_HOST',
  'SIP_CLIENT_CERTIFICATE',
  'SIP_CLIENT_KEY',
  'SIP_TLS_CERTIFICATE',
  'SIP_TLS_KEY',
  'SMS_DEFAULT_PRICE',
  'WEBSOCKET_URL',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of all durable data. */
export const dataDirFrom = ({ DATA_DIR: dataDir = '.local' }: Environment): string => resolve(dataDir);

/**
 * Reads the settings of `npm start` from environment variables.
 *
 * @throws LocalCloudError with one sentence about a setting that cannot be read
 */
export function settingsFrom(environment: Environment): Omit<CloudOptions, 'assembly' | 'announce'> {
  const adminPassword = environment['ADMIN_PASSWORD'];
  const faults = environment['FAULTS'];
  return {
    dataDir: dataDirFrom(environment),
    host: hostSetting(environment['HOST'] ?? loopback),
    port: portSetting(environment, 'PORT', 3000),
    ...httpsSetting(environment),
    sipPort: portSetting(environment, 'SIP_PORT', 5060),
    sipTlsPort: portSetting(environment, 'SIP_TLS_PORT', portBeside(environment, 5061)),
    sipWsPort: portSetting(environment, 'SIP_WS_PORT', portBeside(environment, 8088)),
    // Where no relay is named, one is started if it can be.
    ownMediaRelay: !environment['MEDIA_RELAY'] && isInstalled('rtpengine', environment),
    sidecars: countSetting(environment, 'SIDECARS', { default: 1, max: maxSidecars }),
    origins: originSetting(environment),
    warmFunctions: countSetting(environment, 'WARM_FUNCTIONS', { default: 16, max: 1_000 }),
    environment: {
      // Gateways and trunks of a test are on this machine or near it.
      SIP_ALLOW_PRIVATE_HOSTS: environment['SIP_ALLOW_PRIVATE_HOSTS'] ?? '1',
      SPEECH: speechSetting(environment),
      ...millisecondSetting(environment, 'SIP_T1'),
      ...millisecondSetting(environment, 'SIP_MAX_INTERVAL'),
      ...balancerSettings(environment),
      ...Object.fromEntries(passedOn.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []))),
    },
    ...(adminPassword && { adminPassword }),
    ...(faults && { faults: faultsFrom(faults) }),
  };
}

/** Origins of pages that may call the API from a browser, besides its own. @throws LocalCloudError */
function originSetting({ CORS_ORIGINS: list = '' }: Environment): readonly string[] {
  const origins = list.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  const isOrigin = (text: string): boolean =>
    !text.includes('*') && URL.canParse(text) && new URL(text).origin === text;
  const wrong = origins.find((each) => each !== '*' && !isOrigin(each));
  if (wrong === undefined) return origins;
  throw new LocalCloudError(`CORS_ORIGINS has ${wrong}, but must have origins such as https://app.example.com, or *.`);
}

/**
 * Checks the password of a new data directory; that of one which exists goes on, also if the rules have changed since.
 * @throws LocalCloudError for a password that no user could choose
 */
export async function assertAdminPassword(environment: Environment): Promise<void> {
  if (existsSync(join(dataDirFrom(environment), secretsFile))) return;
  const { ADMIN_PASSWORD: password, ADMIN_USERNAME: username = 'admin', OPERATOR_NAME: name = null } = environment;
  const problem = password ? await newPasswordFault(password, [username, name]) : null;
  if (problem !== null) throw new LocalCloudError(`ADMIN_PASSWORD ${problem}. Without it, a password is generated.`);
}

/** Of a load balancer in front of the tasks: its port, and how long it sends packets to a task that stops. */
function balancerSettings(environment: Environment): Readonly<Record<string, string>> {
  const { SIP_ADVERTISED_PORT: port, DRAIN_SECONDS: seconds } = environment;
  if (seconds !== undefined && !/^\d{1,3}$/.test(seconds))
    throw new LocalCloudError(`DRAIN_SECONDS is ${seconds}, but must be a number from 0 to 999.`);
  return {
    ...(port && { SIP_ADVERTISED_PORT: String(portSetting(environment, 'SIP_ADVERTISED_PORT', 0)) }),
    ...(seconds && { DRAIN_SECONDS: seconds }),
  };
}

/** A base time of the SIP sidecar, which tests shorten. */
function millisecondSetting(environment: Environment, name: string): Readonly<Record<string, string>> {
  const milliseconds = environment[name];
  if (milliseconds === undefined) return {};
  if (/^[1-9]\d{1,4}$/.test(milliseconds)) return { [name]: milliseconds };
  throw new LocalCloudError(`${name} is ${milliseconds}, but must be a number of milliseconds from 10 to 99999.`);
}

/** What says texts: eSpeak NG where it is installed. */
function speechSetting(environment: Environment): string {
  const speech = environment['SPEECH'] ?? (isInstalled('espeak-ng', environment) ? 'espeak' : 'none');
  if (speech === 'espeak' || speech === 'none') return speech;
  throw new LocalCloudError(`SPEECH is ${speech}, but must be espeak or none.`);
}

/** The provider of SMS that the templates are made for. @throws LocalCloudError for another one */
export function smsSetting({ SMS: sms = 'eum' }: Environment): 'eum' | 'sns' {
  if (sms === 'eum' || sms === 'sns') return sms;
  throw new LocalCloudError(`SMS is ${sms}, but must be eum or sns.`);
}

/** Whether a program is in one of the folders of `PATH`. */
const isInstalled = (program: string, { PATH: path = '' }: Environment): boolean =>
  path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

function hostSetting(setting: string): string {
  if (setting === 'localhost') return loopback;
  if (isIPv4(setting)) return setting;
  throw new LocalCloudError(
    `HOST is ${setting}, but must be an IPv4 address of this machine, or ${everywhere} for all of them.`,
  );
}

/**
 * HTTPS and WSS: with `HOST`, as browsers give microphones to secure pages only, and trust plain HTTP of their own
 * machine alone. Where `WEBSOCKET_URL` names a proxy, TLS ends there.
 */
function httpsSetting(environment: Environment): { readonly httpsPort?: number } {
  const { HOST: host = loopback, PORT: port = '3000', HTTPS_PORT: own, WEBSOCKET_URL: proxy } = environment;
  const isForOthers = hostSetting(host) !== loopback && proxy === undefined;
  if (own === undefined && !isForOthers) return {};
  return { httpsPort: portSetting(environment, 'HTTPS_PORT', port === '3000' ? 3443 : 0) };
}

/**
 * The port of another transport beside 5060: for TLS 5061 (RFC 3261 §19.1.2). Beside another port any free one, so that
 * a second system starts as before.
 */
const portBeside = ({ SIP_PORT: port = '5060' }: Environment, other: number): number => (port === '5060' ? other : 0);

function portSetting(environment: Environment, name: string, defaultPort: number): number {
  const setting = environment[name] ?? String(defaultPort);
  const port = Number(setting);
  if (/^\d+$/.test(setting) && port <= 65_535) return port;
  throw new LocalCloudError(`${name} is ${setting}, but must be a number from 0 (any free port) to 65535.`);
}

/** More tasks than these are a matter of measurements, not of one machine. */
const maxSidecars = 8;

function countSetting(
  environment: Environment,
  name: string,
  { default: usual, max }: { readonly default: number; readonly max: number },
): number {
  const setting = environment[name] ?? String(usual);
  const count = Number(setting);
  if (/^\d+$/.test(setting) && count >= 1 && count <= max) return count;
  throw new LocalCloudError(`${name} is ${setting}, but must be a number from 1 to ${max}.`);
}
