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
};

/** What every function knows: the realm of new accounts, and the outbound proxy of provisioned phones. */
export const sipVariables = ({ domain, host, port }: SipAddress): Record<string, string> => ({
  SIP_DOMAIN: domain,
  SIP_ADDRESS: `${host}:${port}`,
});

/** What a task of the sidecar knows as well: the host and port of its Contact and Via. */
export const advertisedVariables = ({ host, port }: SipAddress): Record<string, string> => ({
  SIP_ADVERTISED_HOST: host,
  SIP_ADVERTISED_PORT: String(port),
});
