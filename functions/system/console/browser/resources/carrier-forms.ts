import { field } from '../kit/arranged-field.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { t } from '../texts/texts.ts';

/** Forms of what connects to other networks, in the words of carriers. */

const transports = { udp: 'UDP', tcp: 'TCP', tls: t('TLS (encrypted)') };
const codecs = {
  ...{ 'G.711A': 'G.711 A-law', 'G.711U': 'G.711 µ-law', 'G.711': t('G.711 (both)') },
  ...{ 'G.722': t('G.722 (HD)'), OPUS: t('Opus (HD)'), 'G.729': 'G.729', 'G.726': 'G.726', GSM: 'GSM', iLBC: 'iLBC' },
};

const host = field('host', t('Address of the carrier'), t('Host name or IP address that calls are sent to.'));
const carrier = field('profile', t('Carrier or phone system'), {
  help: t('Sets what is expected there. What you set below has its own value.'),
  choices: {
    ...{ generic: t('another'), sipgate: 'sipgate trunking', telekom_companyflex: 'Deutsche Telekom CompanyFlex' },
    ...{ telnyx: 'Telnyx', twilio: 'Twilio Elastic SIP', bandwidth: 'Bandwidth', ovh: 'OVH' },
    ...{ asterisk: 'FreePBX, Asterisk', '3cx': '3CX', teams: 'Microsoft Teams Direct Routing' },
  },
});
const connection = [
  host,
  field('port', t('Port'), t('Normally 5060, with TLS 5061.')),
  field('transport', t('Transport'), { choices: transports }),
  field('outbound_proxy', t('Outbound proxy'), t('Only where the carrier names one, such as sbc.example.com:5060.')),
];
const credentials = [field('username', t('User name at the carrier')), field('password', t('Password at the carrier'))];
const callerNumber = field('caller_id_number', t('Caller number'), {
  help: t('Shown to those who are called, if the caller has no number of their own.'),
  control: 'phone number',
});
const capacity = field('max_channels', t('Calls at a time'), t('Empty: as many as your organization may have.'));
const codecField = field('codecs', t('Codecs'), {
  help: t('The first one that both sides have is used.'),
  choices: codecs,
});

const identityHeaders = {
  ...{ p_asserted_identity: 'P-Asserted-Identity', p_preferred_identity: 'P-Preferred-Identity' },
  ...{ remote_party_id: 'Remote-Party-ID', none: t('none') },
};

/** What carriers expect differently. */
const expectations = {
  title: t('What the other side expects'),
  fields: [
    field('from_user', t('Sender of calls'), {
      choices: { caller: t('the number of the caller'), username: t('the user name at the carrier') },
    }),
    field('from_domain', t('Domain of the sender'), t('Empty: yours, or that of the carrier above.')),
    field('identity_header', t('Header with the caller number'), { choices: identityHeaders }),
    field('caller_format', t('Numbers of callers are written'), {
      choices: { e164: t('with plus'), e164_without_plus: t('without plus') },
    }),
    field('caller_source', t('Where its calls name the caller'), {
      choices: {
        ...{ p_asserted_identity: 'P-Asserted-Identity', from: 'From' },
        ...{ p_preferred_identity: 'P-Preferred-Identity', remote_party_id: 'Remote-Party-ID' },
      },
    }),
    field('did_source', t('Where its calls name the called number'), {
      help: t('A number in the address of the request always counts first.'),
      choices: {
        ...{ request_uri: t('address of the request'), to: 'To', p_called_party_id: 'P-Called-Party-ID' },
        ...{ p_preferred_identity: 'P-Preferred-Identity', diversion: 'Diversion' },
      },
    }),
    field('refer', t('Transfers by the other side'), {
      choices: { reject: t('are rejected'), accept: t('are carried out') },
    }),
    field('headers', t('Headers'), t('Up to eight, whose names begin with X-.')),
  ],
};
const media = {
  title: t('Encryption and fax'),
  fields: [
    field('media_encryption', t('Voice is encrypted (SRTP)'), {
      choices: { none: t('never'), prefer: t('if the other side can'), require: t('always') },
    }),
    field('allow_clear_keys', t('Also without TLS'), t('Anyone on the way can then read the keys.')),
    field('fax', t('Fax'), { choices: { t38: 'T.38', audio: t('as sounds'), reject: t('not possible') } }),
  ],
};
const attempts = {
  title: t('When the next gateway is tried'),
  fields: [
    field('attempt_seconds', t('After so long without an answer (m:ss)')),
    field('progress_seconds', t('After so long without ringing (m:ss)'), t('Empty: never.')),
    field(
      'stop_codes',
      t('Answers after which no other is tried'),
      t('SIP codes, such as 486 (busy). 6xx always counts.'),
    ),
  ],
};
const registration = [
  field('contact_user', t('Name in the registration'), t('Empty: the user name.')),
  field('expires', t('Sign in again after (seconds)'), t('The carrier may shorten it.')),
];

/** What a profile sets, unless it is set here: what was not changed is not sent. */
const fromProfile = [
  ...[
    'outbound_proxy',
    'from_user',
    'from_domain',
    'identity_header',
    'caller_format',
    'caller_source',
    'did_source',
    'refer',
  ],
  ...['headers', 'media_encryption', 'allow_clear_keys', 'fax', 'attempt_seconds', 'progress_seconds', 'stop_codes'],
  ...['contact_user', 'expires'],
];

const experts = [
  field('realm', t('Realm'), t('Only where the carrier names one.')),
  field('shared_host', t('Others may use the same address')),
  field('foreign_caller_id', t('Accepts numbers of others as caller number'), t('For forwarded calls.')),
];

export const trunkForm: Arrangement = {
  sentIfChanged: fromProfile,
  groups: [
    {
      fields: [
        'name',
        carrier,
        field('type', t('Connects to'), {
          choices: { carrier: t('a carrier'), pbx: t('a phone system'), peer: t('another server') },
        }),
        field('status', t('State'), {
          choices: {
            ...{ active: t('in service'), inactive: t('out of service') },
            suspended: t('suspended: signed in, but without calls'),
          },
        }),
      ],
    },
    { title: t('Connection'), fields: connection },
    {
      title: t('Sign-in at the carrier'),
      fields: [
        field('register', t('Sign in with user name and password'), t('As your contract with the carrier says.')),
        ...credentials,
        ...registration,
      ],
    },
    {
      title: t('Calls'),
      fields: [callerNumber, field('caller_id_name', t('Caller name')), capacity, codecField],
    },
    expectations,
    media,
    attempts,
  ],
  advanced: [
    field('dtmf_mode', t('Key tones'), {
      choices: {
        rfc2833: t('as events (RFC 4733)'),
        inband: t('as sounds'),
        info: t('as SIP messages (not possible yet)'),
      },
    }),
    field('nat_support', t('Keep the way through a router open'), t('Sends a sign of life every 25 seconds.')),
    ...experts,
    field(
      'trusts_verstat',
      t('Its word on verified callers counts'),
      t('For calls without a signature (STIR/SHAKEN).'),
    ),
    field('number_format', t('How the carrier writes numbers'), {
      help: t('Only if it sends numbers without a plus.'),
      fields: [
        field('country', t('Country whose national numbers it sends')),
        field('international_prefixes', t('Prefixes of international numbers')),
        field('national_prefix', t('Prefix of national numbers')),
        field('strip', t('Access codes that are removed')),
        field('e164_without_plus', t('International numbers come without plus')),
      ],
    }),
    field('rotate_inbound_password', t('Make a new password for calls from there')),
  ],
};

export const trunkAddresses: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('ips', t('Addresses'), {
          fields: [
            field('address', t('IP address')),
            field('type', t('Used for'), {
              choices: { signaling: t('calls'), media: t('voice'), both: t('calls and voice') },
            }),
            field('port', t('Port')),
            field('priority', t('Order'), t('The lowest is tried first.')),
            field('active', t('In use')),
            field('trusted', t('Trusted without proof')),
          ],
        }),
        field('replace', t('Remove all other addresses'), { choices: { true: t('yes'), false: t('no') } }),
      ],
    },
  ],
};

export const addressProof: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('ip_id', t('Address'), t('The number of the address in the list above.')),
        field('token', t('Code that arrived there'), t('Empty: a code is sent to the address.')),
      ],
    },
  ],
};

export const addressRemoval: Arrangement = {
  isShort: true,
  groups: [{ fields: [field('ip_id', t('Address'), t('The number of the address in the list above.'))] }],
};

export const gatewayForm: Arrangement = {
  sentIfChanged: fromProfile,
  hidden: registration.map(({ name }) => name),
  groups: [
    { fields: ['name', carrier, field('enabled', t('In service'))] },
    {
      title: t('Connection'),
      fields: [field('trunk_id', t('Trunk'), t('Empty: the gateway has an address of its own.')), ...connection],
    },
    { title: t('Sign-in at the carrier'), fields: credentials },
    {
      title: t('Numbers'),
      fields: [
        field('strip', t('Digits removed from the front')),
        field('prefix', t('Digits put in front'), t('After others were removed.')),
        callerNumber,
      ],
    },
    {
      title: t('Calls'),
      fields: [
        capacity,
        codecField,
        field('stir', t('Sign calls (STIR/SHAKEN)'), {
          help: t('Needs a certificate of your organization.'),
          choices: { off: t('no'), sign: t('yes') },
        }),
      ],
    },
    expectations,
    media,
    attempts,
    {
      title: t('Check of the connection'),
      fields: [
        field('ping', t('Sign of life'), {
          fields: [
            field('enabled', t('Ask for a sign of life')),
            field('interval_seconds', t('Every (m:ss)')),
            field('timeout_ms', t('Wait for an answer (ms)')),
            field('degraded_ms', t('Slow above (ms)')),
            field('degraded_loss_percent', t('Poor from this loss'), { control: 'percent' }),
            field('down_after', t('Down after so many failures')),
            field('up_after', t('Up after so many answers')),
          ],
        }),
      ],
    },
  ],
  advanced: experts,
};

/** A certificate with its key, or a key that is made for a new one. */
export const stirCertificateForm: Arrangement = {
  groups: [
    { fields: ['name'] },
    {
      title: t('Certificate of your authority'),
      fields: [
        field('chain', t('Certificate'), {
          help: t('Text (PEM) with the certificate first, then those of its issuers.'),
          control: 'lines',
        }),
        field('key', t('Private key'), {
          help: t('Text (PEM). It is stored encrypted and never shown. Empty: the key stays.'),
          control: 'lines',
        }),
      ],
    },
    {
      title: t('Without a certificate yet'),
      fields: [
        field('generate', t('Make a key and a signing request'), t('You send the request to your authority.')),
        field('subject', t('Provider in the request'), {
          fields: [
            field('country', t('Country')),
            field('organization', t('Name of the provider')),
            field('spc', t('Code of the provider'), t('Such as its OCN.')),
          ],
        }),
      ],
    },
  ],
};

/** Whose certificates prove callers. */
export const stirAuthoritiesForm: Arrangement = {
  groups: [
    {
      fields: [
        field('certificates', t('Certificates of the authorities'), {
          help: t('Text (PEM) of all of them, one after the other.'),
          control: 'lines',
        }),
        field('revocation_lists', t('Lists of revoked certificates'), {
          fields: [
            field('url', t('Address of the list')),
            field('issuer', t('Certificate that signs it'), {
              help: t('Text (PEM). Empty: the authorities sign it.'),
              control: 'lines',
            }),
          ],
        }),
      ],
    },
  ],
};

export const domainForm: Arrangement = {
  groups: [
    {
      fields: [
        field('domain', t('Domain'), t('Such as voice.example.com. You prove by a DNS record that it is yours.')),
        field('type', t('Use'), { choices: { primary: t('domain of new phones'), alias: t('further domain') } }),
        field('status', t('State'), { choices: { active: t('in service'), inactive: t('out of service') } }),
        field('ssl_enabled', t('Phones may encrypt (TLS)')),
        field('settings', t('Phones'), {
          fields: [
            field('default_transport', t('Transport'), { choices: transports }),
            field('nat_keepalive', t('Keep the way through a router open')),
          ],
        }),
      ],
    },
  ],
};

export const simForm: Arrangement = {
  groups: [
    {
      fields: [
        field('label', t('Label')),
        field('iccid', t('Number of the card (ICCID)'), t('19 or 20 digits, printed on the card.')),
        field('msisdn', t('Phone number'), { control: 'phone number' }),
        field('user_id', t('User')),
        field('action', t('Change'), {
          choices: {
            ...{ activate: t('activate'), suspend: t('suspend'), resume: t('resume') },
            ...{ assign: t('give to the user'), terminate: t('end for ever') },
          },
        }),
        field('reason', t('Reason')),
      ],
    },
    {
      title: t('Mobile network'),
      fields: [
        field('network', t('Network')),
        field('plan', t('Plan')),
        field('data_limit_mb', t('Data limit (MB)'), t('Empty: none.')),
      ],
    },
  ],
  advanced: [field('imsi', t('IMSI'))],
};
