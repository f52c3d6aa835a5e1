import { eventually } from '../../support/eventually.ts';
import { startAmong, type Program } from './program.ts';
import { peerPort } from './sip-server.ts';

/** A carrier's registrar: challenges, stores bindings for a few seconds, and answers OPTIONS. */
export type Registrar = {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Seconds of a binding. */
  readonly ttl: number;
};

/** Printed for each REGISTER that it accepts. */
export const accepted = 'ACCEPTED';

/** Printed for each challenge. */
export const challenged = 'CHALLENGED';

const ready = 'READY';

const configuration = ({ host, username, password, ttl }: Registrar): string => `
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
children=1
listen=udp:${host}:${peerPort}
listen=tcp:${host}:${peerPort}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", ${ttl})
request_route {
  if (method == "OPTIONS") {
    sl_send_reply("200", "OK");
    exit;
  }
  if (method != "REGISTER") {
    sl_send_reply("405", "Method Not Allowed");
    exit;
  }
  if (!pv_www_authenticate("carrier.example", "${password}", "0") || $au != "${username}") {
    auth_challenge("carrier.example", "1");
    xlog("L_ALERT", "${challenged}\\n");
    exit;
  }
  save("location");
  xlog("L_ALERT", "${accepted} $au $ct\\n");
}
`;

const announcement = `
event_route[core:worker-one-init] {
  xlog("L_ALERT", "${ready}\\n");
}
`;

/** Starts a registrar, and waits until it listens. */
export const startKamailio = (registrar: Registrar): Promise<Program> => launchKamailio(configuration(registrar));

/**
 * Starts Kamailio, and waits until it listens.
 * @param text its configuration, which loads the module xlog
 * @param files by their names, which are beside the configuration
 */
async function launchKamailio(text: string, files: Readonly<Record<string, string>> = {}): Promise<Program> {
  const program = startAmong({ ...files, 'kamailio.cfg': text + announcement }, 'kamailio', [
    '-f',
    './kamailio.cfg',
    '-DD',
    '-E',
    '-Y',
    '.',
    '-w',
    '.',
    '-m',
    '32',
    '-M',
    '4',
  ]);
  await eventually(() => program.printed().includes(ready)).catch((cause: unknown) => {
    throw new Error(`Kamailio is not ready. It printed:\n${program.printed()}`, { cause });
  });
  return program;
}

type SocketAddress = { readonly address: string; readonly port: number };

/** A proxy between a carrier and the platform, which stays in the dialogs (RFC 3261 §16.6). */
export type Proxy = SocketAddress & {
  /** Where it sends the calls of the platform: to all of them at once. */
  readonly carriers: readonly SocketAddress[];
  /** Where it sends the calls of the carriers. */
  readonly platform: SocketAddress;
};

/** Printed with the method of each request within a dialog, which it routes by the Route header. */
export const routed = 'ROUTED';

const uriOf = ({ address, port }: SocketAddress): string => `sip:${address}:${port}`;

const proxyConfiguration = ({ carriers, platform, ...own }: Proxy): string => `
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
children=1
listen=udp:${own.address}:${own.port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "siputils.so"
loadmodule "corex.so"
modparam("rr", "append_fromtag", 0)
request_route {
  if (has_totag()) {
    if (loose_route()) {
      xlog("L_ALERT", "${routed} $rm\n");
      t_relay();
    } else if (method == "ACK" && t_check_trans()) {
      t_relay();
    } else if (method != "ACK") {
      sl_send_reply("404", "No Route");
    }
    exit;
  }
  if (method == "CANCEL") {
    if (t_check_trans()) t_relay();
    exit;
  }
  record_route();
  if (${carriers.map((carrier) => `($si == "${carrier.address}" && $sp == ${carrier.port})`).join(' || ')}) {
    $du = "${uriOf(platform)}";
    t_relay();
    exit;
  }
${carriers.map(({ address, port }) => `  $ru = "sip:carrier@${address}:${port}";`).join('\n  append_branch();\n')}
  t_relay();
}
`;

/** Starts a proxy, and waits until it listens. */
export const startProxy = (proxy: Proxy): Promise<Program> => launchKamailio(proxyConfiguration(proxy));

/** The proxy of a carrier: it registers its customers, and takes their requests for hosts behind it. */
type CarrierProxy = SocketAddress & Pick<Registrar, 'username' | 'password' | 'ttl'>;

/** Printed for each request outside of dialogs: method, Request-URI, and Route as it came. */
export const proxied = 'PROXIED';

const carrierProxyConfiguration = ({ address, port, username, password, ttl }: CarrierProxy): string => `
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
children=1
listen=udp:${address}:${port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", ${ttl})
request_route {
  if (method == "CANCEL") {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route()) {
      xlog("L_ALERT", "${routed} $rm\n");
      t_relay();
    } else if (method == "ACK" && t_check_trans()) {
      t_relay();
    }
    exit;
  }
  xlog("L_ALERT", "${proxied} $rm $ru $hdr(Route)\n");
  loose_route();
  if (method == "OPTIONS") {
    sl_send_reply("200", "OK");
    exit;
  }
  if (method == "REGISTER") {
    if (!pv_www_authenticate("carrier.example", "${password}", "0") || $au != "${username}") {
      auth_challenge("carrier.example", "1");
      exit;
    }
    append_to_reply("Service-Route: <sip:service@${address}:${port};lr>\r\n");
    append_to_reply("P-Associated-URI: <tel:+46890510>\r\n");
    save("location");
    exit;
  }
  if (!pv_proxy_authenticate("carrier.example", "${password}", "0") || $au != "${username}") {
    if (method != "ACK") proxy_challenge("carrier.example", "1");
    exit;
  }
  consume_credentials();
  record_route();
  t_relay();
}
`;

/** Starts the proxy of a carrier, and waits until it listens. */
export const startCarrierProxy = (proxy: CarrierProxy): Promise<Program> =>
  launchKamailio(carrierProxyConfiguration(proxy));

/** A provider that signs its calls by STIR/SHAKEN, and verifies those that it gets. */
type SigningProvider = SocketAddress & {
  readonly platform: SocketAddress;
  /** Private keys in PEM by their names, and where their certificates are: `<name>.pem` below it. */
  readonly keys: Readonly<Record<string, string>>;
  readonly certificates: string;
};

/** Headers of a call that it is to sign: the number of its caller, the name of the key, and that of the certificate. */
export const signedBy = { caller: 'X-Caller', key: 'X-Key', certificate: 'X-Cert' } as const;

/** Printed of a call of the platform with its caller and its called number, and of each `Identity` of it. */
export const called = 'CALLED';
export const verified = 'VERIFIED';
export const rejected = 'REJECTED';

/** It rejects all calls of the platform when it has verified them. */
const providerConfiguration = ({ platform, certificates, ...own }: SigningProvider): string => `
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
children=1
listen=udp:${own.address}:${own.port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "tm.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "secsipid.so"
modparam("secsipid", "expire", 60)
request_route {
  if (method == "CANCEL") {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (method == "ACK") {
    if (t_check_trans()) t_relay();
    exit;
  }
  if ($si == "${platform.address}" && $sp == ${platform.port}) {
    xlog("L_ALERT", "${called} $fU $rU\n");
    $var(at) = 0;
    while ($(hdr(Identity)[$var(at)]) != $null) {
      $var(identity) = $(hdr(Identity)[$var(at)]);
      if (secsipid_check("$var(identity)", "")) {
        xlog("L_ALERT", "${verified} $var(identity)\n");
      } else {
        xlog("L_ALERT", "${rejected} $var(identity)\n");
      }
      $var(at) = $var(at) + 1;
    }
    sl_send_reply("486", "Busy Here");
    exit;
  }
  $var(x5u) = "${certificates}/" + $hdr(${signedBy.certificate}) + ".pem";
  $var(key) = "./" + $hdr(${signedBy.key}) + ".key";
  if (!secsipid_add_identity("$hdr(${signedBy.caller})", "$rU", "A", "", "$var(x5u)", "$var(key)")) {
    sl_send_reply("500", "Not Signed");
    exit;
  }
  $rd = "${platform.address}";
  $rp = ${platform.port};
  t_relay();
}
`;

/** Starts a provider, and waits until it listens. */
export const startProvider = (provider: SigningProvider): Promise<Program> =>
  launchKamailio(
    providerConfiguration(provider),
    Object.fromEntries(Object.entries(provider.keys).map(([name, key]) => [`${name}.key`, key])),
  );
