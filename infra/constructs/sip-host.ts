import { aws_ssm as ssm } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { sipVariables, type SipAddress } from '../sip-address.ts';
import { hasTls, hasWebSocket } from './certificate.ts';
import { sipPorts } from './sip-network.ts';

/** The parameters with the names of the two balancers, which AWS generates. */
export const sipHostParameters = (names: Names) => ({
  main: names.parameter('sip-host'),
  tcp: names.parameter('sip-tcp-host'),
});

/** Names of the two balancers, for a stage without a SIP domain. */
type BalancerNames = Readonly<Record<keyof ReturnType<typeof sipHostParameters>, () => string>>;

/** The SIP address of a stage. TCP has a name of its own, as it has a balancer of its own. */
export const sipAddressOf = (settings: Settings, names: BalancerNames): SipAddress => {
  const { sipDomain } = settings;
  const name = sipDomain ?? names.main();
  return {
    ...{ domain: name, host: name, port: sipPorts.udp },
    tcp:
      settings.sip === 'on'
        ? { host: sipDomain === undefined ? names.tcp() : `tcp.${sipDomain}`, port: sipPorts.tcp }
        : undefined,
    tls: hasTls(settings) ? { host: name, port: sipPorts.tls } : undefined,
    webSocketUrl: hasWebSocket(settings) ? `wss://${name}/ws` : undefined,
  };
};

/** Realm of a stage without SIP and without a domain: a name that stays. */
const realmOf = ({ publicUrl, stage }: Settings): string =>
  publicUrl === undefined ? `trunkline.${stage}.invalid` : new URL(publicUrl).hostname;

/** What the functions of a stage know about SIP. Without it, accounts have a realm and phones no proxy. */
export function sipVariablesIn(scope: Construct, settings: Settings, names: Names): Record<string, string> {
  if (settings.sip === 'off') return { SIP_DOMAIN: settings.sipDomain ?? realmOf(settings) };
  const { main, tcp } = sipHostParameters(names);
  const read = (parameter: string) => (): string => ssm.StringParameter.valueForStringParameter(scope, parameter);
  return sipVariables(sipAddressOf(settings, { main: read(main), tcp: read(tcp) }));
}
