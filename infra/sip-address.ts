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
  /** URL of the WebSocket, if there is one. */
  readonly webSocketUrl?: string | undefined;
};

/** The address as clients of SIP write it. */
export const addressText = ({ host, port }: Pick<SipAddress, 'host' | 'port'>): string => `${host}:${port}`;

/**
 * What every function knows: the realm of new accounts, the outbound proxy of provisioned phones, and the WebSocket of
 * browser phones.
 */
export const sipVariables = (address: SipAddress): Record<string, string> => ({
  SIP_DOMAIN: address.domain,
  SIP_ADDRESS: addressText(address),
  ...(address.webSocketUrl === undefined ? {} : { WEBSOCKET_URL: address.webSocketUrl }),
});

/** What a task of the sidecar knows as well: the host and port of its Contact and Via. */
export const advertisedVariables = ({ host, port }: SipAddress): Record<string, string> => ({
  SIP_ADVERTISED_HOST: host,
  SIP_ADVERTISED_PORT: String(port),
});
