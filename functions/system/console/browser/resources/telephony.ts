import { durationText } from '../kit/format.ts';
import { shown, textOf } from '../kit/shown.ts';
import { channelsForm, numberForm } from './number-words.ts';
import { t } from '../texts/texts.ts';
import {
  addressProof,
  addressRemoval,
  domainForm,
  gatewayForm,
  simForm,
  stirAuthoritiesForm,
  stirCertificateForm,
  trunkAddresses,
  trunkForm,
} from './carrier-forms.ts';
import { edited, saved, type PartsPage, type ResourcePages } from './definitions.ts';
import { blockedCallerForm, blockWords, ringGroupForm, strategyWords } from './routing-forms.ts';

/** The word for a value of the API; others are as they are. */
const wordIn =
  (words: Readonly<Record<string, string>>) =>
  (value: unknown): string =>
    words[textOf(value)] ?? shown(value);

const stateWords = { open: t('open'), closed: t('closed') };

/** What has an extension. */
const ownerWords = {
  user: t('Person'),
  contact: t('Contact of the directory'),
  ring_group: t('Ring group'),
  call_flow: t('Call flow'),
};

const certificateWords = { waiting: t('waits for its certificate'), valid: t('valid'), expired: t('has ended') };

const common = { group: 'Telephony', tag: 'telephony', scope: 'telephony:read' } as const;

export const telephony: readonly ResourcePages[] = [
  {
    ...common,
    ...edited,
    ...{ key: 'devices', title: t('Phones'), newTitle: t('Add a phone'), path: '/devices' },
    columns: ['name', 'kind', 'mac_address', 'model', 'status', 'ip_address'],
  },
  {
    ...common,
    ...{
      key: 'numbers',
      title: t('Numbers'),
      newTitle: t('New number'),
      path: '/numbers',
      list: 'POST /numbers/search',
    },
    ...{ create: 'PUT named', update: 'POST', idField: 'number' },
    columns: ['number', 'label', 'country', 'type', 'state', 'route'],
    form: numberForm,
    parts: [
      {
        ...{ kind: 'form', title: t('Channels'), route: 'GET /numbers/{id}/channels' },
        save: 'PUT /numbers/{id}/channels',
        form: channelsForm,
      },
    ],
  },
  {
    ...common,
    ...{
      key: 'extensions',
      title: t('Extensions'),
      newTitle: t('New extension'),
      path: '/extensions',
      idField: 'extension',
    },
    columns: ['extension', 'name', 'type'],
    cells: { type: ({ type }) => wordIn(ownerWords)(type) },
    empty: t('No extensions yet. People, ring groups and call flows get them on their pages.'),
  },
  {
    ...common,
    ...saved,
    ...{ key: 'callflows', title: t('Call flows'), newTitle: t('New call flow'), path: '/callflows' },
    columns: ['name', 'extension', 'step_count', 'enabled', 'updated_at'],
    empty: t('No call flows yet. A flow greets callers, asks for a key, rings people or takes a message.'),
  },
  {
    ...common,
    ...saved,
    ...{ key: 'ringgroups', title: t('Ring groups'), newTitle: t('New ring group'), path: '/ringgroups' },
    columns: ['name', 'extension', 'strategy', 'ring_seconds', 'updated_at'],
    cells: {
      strategy: ({ strategy }) => wordIn(strategyWords)(strategy),
      ring_seconds: ({ ring_seconds: seconds }) => durationText(seconds),
    },
    form: ringGroupForm,
    empty: t('No ring groups yet. In a group several phones ring for one call.'),
  },
  {
    ...common,
    ...saved,
    ...{ key: 'schedules', title: t('Opening hours'), newTitle: t('New opening hours'), path: '/schedules' },
    columns: ['name', 'time_zone', 'override', 'updated_at'],
    cells: {
      override: ({ override: state }) => (state === null ? t('as the hours say') : wordIn(stateWords)(state)),
    },
    empty: t('No opening hours yet. Call flows and people use them to decide who answers.'),
    parts: [{ kind: 'action', title: t('Open at'), route: 'GET /schedules/{id}/at' }],
  },
  {
    ...common,
    ...saved,
    ...{
      key: 'blockedcallers',
      title: t('Blocked callers'),
      newTitle: t('New blocked caller'),
      path: '/blockedcallers',
    },
    columns: ['name', 'caller', 'action', 'updated_at'],
    cells: {
      action: ({ action }) => (typeof action === 'string' ? wordIn(blockWords)(action) : t('Call flow')),
    },
    form: blockedCallerForm,
    empty: t('No caller is blocked. What is listed here never rings a phone of yours.'),
  },
  {
    ...common,
    ...edited,
    ...{ key: 'siptrunk', title: t('Trunks'), newTitle: t('New trunk'), path: '/siptrunk' },
    columns: ['name', 'type', 'status', 'host', 'transport'],
    form: trunkForm,
    empty: t('No trunks yet. A trunk connects you with a carrier, or with another phone system.'),
    parts: [
      {
        ...{ kind: 'list', title: t('Addresses'), route: 'GET /siptrunkips/{entity}', listAt: ['data', 'ips'] },
        columns: ['address', 'type', 'port', 'priority', 'active', 'trusted', 'proven', 'id'],
      },
      { kind: 'action', title: t('Set addresses'), route: 'PUT /siptrunkips/{entity}', form: trunkAddresses },
      {
        ...{ kind: 'action', title: t('Prove an address'), route: 'POST /siptrunkips/{entity}/verify' },
        help: t('Shows that calls from the address are those of this trunk.'),
        form: addressProof,
      },
      { kind: 'action', title: t('Delete an address'), route: 'DELETE /siptrunkips/{entity}', form: addressRemoval },
    ],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'sipgateways', title: t('Gateways'), newTitle: t('New gateway'), path: '/sipgateways' },
    columns: ['name', 'host', 'port', 'transport', 'max_channels'],
    form: gatewayForm,
    empty: t('No gateways yet. A gateway is a way by which calls leave, with a check of its health.'),
    parts: [
      {
        ...{ kind: 'values', title: t('Health'), route: 'GET /sipgwping/{entity}' },
        query: { include_history: 'true', history_hours: '24', resolution: 'hour' },
      },
    ],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'stir-certificates', title: t('Certificates for calls'), newTitle: t('New certificate') },
    ...{ path: '/stir/certificates', isSelling: true },
    columns: ['name', 'status', 'not_after', 'service_provider_codes'],
    cells: { status: ({ status }) => wordIn(certificateWords)(status) },
    form: stirCertificateForm,
    empty: t('No certificates yet. With one, others see that the callers of your calls are genuine (STIR/SHAKEN).'),
    parts: [{ kind: 'values', title: t('State and signing request'), route: 'GET /stir/certificates/{id}' }],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'domains', title: t('Domains'), newTitle: t('New domain'), tag: 'orgs', path: '/domains' },
    columns: ['domain', 'type', 'status', 'email_status', 'ssl_enabled', 'verified_at'],
    form: domainForm,
    empty: t('No domains yet. With a domain of your own, phones and e-mail have your name.'),
    parts: [
      { kind: 'values', title: t('DNS records'), route: 'GET /domains/{id}' },
      { kind: 'action', title: t('Verify'), route: 'POST /domains/{id}/verify' },
    ],
  },
  {
    ...common,
    ...edited,
    ...{ key: 'mobile', title: t('SIM cards'), newTitle: t('New SIM card'), path: '/mobile' },
    columns: ['label', 'iccid', 'msisdn', 'network', 'status', 'user_id'],
    form: simForm,
    empty: t('No SIM cards yet. A SIM card makes a mobile phone part of your phone system.'),
  },
];

export const telephonyPages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'gateway-health', title: t('Gateway health'), about: 'all' },
    parts: [
      {
        ...{ kind: 'list', title: t('Gateways'), route: 'GET /sipgwping/{entity}', listAt: ['data', 'gateways'] },
        columns: [
          ...['name', 'host', 'status', 'response_time_ms', 'packet_loss_percent'],
          ...['uptime_percent_24h', 'last_ping', 'last_error'],
        ],
      },
    ],
  },
  {
    ...common,
    ...{ key: 'stir-authorities', title: t('Certificate authorities'), scope: 'system:read', isSelling: true },
    parts: [
      {
        ...{ kind: 'form', title: t('Whose certificates prove callers'), route: 'GET /stir/authorities' },
        ...{ save: 'PUT /stir/authorities', form: stirAuthoritiesForm },
      },
    ],
  },
  {
    ...{ key: 'lines', title: t('Browser phones'), group: 'Telephony', tag: 'calls', scope: 'calls:read' },
    parts: [
      {
        ...{ kind: 'list', title: t('Lines'), route: 'GET /Phones' },
        columns: ['username', 'user_id', 'status', 'expires', 'created_at'],
      },
    ],
  },
];
