/**
 * Where SIP is reached: computed here for functions, tasks and the local cloud alike, so that provisioning files,
 * Contact and Via name the same host.
 */
export type SipAddress = {
  /** SIP domain, and realm, of accounts. */
  readonly domain: string;
  /** Name or address that UDP on the port reaches. */
  readonly host: string;
  readonly port: number;
  /** Where TCP is reached, if it is. */
  readonly tcp?: HostPort | undefined;
  /** Where TLS is reached, if it is. */
  readonly tls?: HostPort | undefined;
  /** URL of the WebSocket, if there is one. */
  readonly webSocketUrl?: string | undefined;
};

type HostPort = { readonly host: string; readonly port: number };

/** The address as clients of SIP write it. */
export const addressText = ({ host, port }: HostPort): string => `${host}:${port}`;

/**
 * What every function knows: the realm of new accounts, the outbound proxy of provisioned phones, the targets of SRV
 * records, and the WebSocket of browser phones.
 */
export const sipVariables = (address: SipAddress): Record<string, string> => ({
  SIP_DOMAIN: address.domain,
  SIP_ADDRESS: addressText(address),
  ...(address.tcp === undefined ? {} : { SIP_TCP_ADDRESS: addressText(address.tcp) }),
  ...(address.tls === undefined ? {} : { SIP_TLS_ADDRESS: addressText(address.tls) }),
  ...(address.webSocketUrl === undefined ? {} : { WEBSOCKET_URL: address.webSocketUrl }),
});

/** What a task of the sidecar knows as well: the host and port of its Contact and Via. */
export const advertisedVariables = ({ host, port }: SipAddress): Record<string, string> => ({
  SIP_ADVERTISED_HOST: host,
  SIP_ADVERTISED_PORT: String(port),
});
