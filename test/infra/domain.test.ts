import { afterAll, describe, expect, test } from 'vitest';
import {
  createdBefore,
  ofType,
  propertiesOf,
  synthesizer,
  type Properties,
  type Templates,
} from './templates.fixture.ts';

const { app, synthesize, remove } = synthesizer();
afterAll(remove);

/** CDK also informs: how many resources a stack has, for example. */
const isWarning = ({ level }: { readonly level: string }): boolean => level === 'warning';

const zoned = synthesize({ domain: 'api.example.com', hostedZoneId: 'Z1' });
const bare = synthesize();
const records = (of: Templates): Properties[] => propertiesOf(of, 'AWS::Route53::RecordSet');

/** The variables of all functions and of the sidecar's container. */
const variablesIn = (of: Templates): Properties[] => [
  ...propertiesOf(of, 'AWS::Lambda::Function').map(
    ({ Environment }) => (Environment as { Variables: Properties }).Variables,
  ),
  ...propertiesOf(of, 'AWS::ECS::TaskDefinition').map(({ ContainerDefinitions }) =>
    Object.fromEntries(
      (ContainerDefinitions as { Environment: { Name: string; Value: unknown }[] }[])[0]!.Environment.map(
        ({ Name, Value }) => [Name, Value],
      ),
    ),
  ),
];

describe('a domain in a hosted zone', () => {
  test('has one certificate, for the API and SIP, which the zone validates', () => {
    expect(propertiesOf(zoned, 'AWS::CertificateManager::Certificate')).toEqual([
      {
        DomainName: 'api.example.com',
        SubjectAlternativeNames: ['sip.api.example.com'],
        ValidationMethod: 'DNS',
        DomainValidationOptions: [
          { DomainName: 'api.example.com', HostedZoneId: 'Z1' },
          { DomainName: 'sip.api.example.com', HostedZoneId: 'Z1' },
        ],
      },
    ]);
    const [name] = propertiesOf(zoned, 'AWS::ApiGatewayV2::DomainName');
    expect(JSON.stringify(name)).toMatch(/"CertificateArn":\{"Ref":"Ssm\w+certificate/);
    const tls = propertiesOf(zoned, 'AWS::ElasticLoadBalancingV2::Listener').filter(
      ({ Protocol }) => Protocol === 'TLS',
    );
    expect(tls.map(({ Port }) => Port).toSorted()).toEqual([443, 5_061]);
    for (const listener of tls) expect(JSON.stringify(listener)).toMatch(/"CertificateArn":\{"Ref":"Ssm\w+certificate/);
  });

  test('tells functions where browsers reach the sidecar, as its name is in the certificate', () => {
    const urlsIn = (of: Templates) => [...new Set(variablesIn(of).map((each) => each['WEBSOCKET_URL']))];
    expect(urlsIn(zoned)).toEqual(['wss://sip.api.example.com/ws']);
    expect(urlsIn(bare)).toEqual([undefined]);
  });

  test('is at the balancer that answers UDP, TLS and browsers; TCP has a name and a balancer of its own', () => {
    const sip = zoned.get('sip')!;
    const ports = Map.groupBy(
      ofType(sip, 'AWS::ElasticLoadBalancingV2::Listener').map(([, { Properties }]) => Properties),
      (listener) => JSON.stringify(listener?.['LoadBalancerArn']),
    );
    const listened = [...ports].map(([balancer, listeners]) => [
      /"(Udp|Tcp)/.exec(balancer)?.[1],
      listeners.map((listener) => `${String(listener?.['Protocol'])} ${String(listener?.['Port'])}`).toSorted(),
    ]);
    expect(listened).toEqual([
      ['Udp', ['TLS 443', 'TLS 5061', 'UDP 5060']],
      ['Tcp', ['TCP 5060']],
    ]);
    const targets = records(zoned).map(({ Name, AliasTarget, ResourceRecords }) => [
      Name,
      ResourceRecords ?? /"(Udp|Tcp)/.exec(JSON.stringify(AliasTarget))?.[1],
    ]);
    expect(Object.fromEntries(targets)).toMatchObject({
      'sip.api.example.com': 'Udp',
      'tcp.sip.api.example.com': 'Tcp',
      '_sip._udp.sip.api.example.com': ['10 10 5060 sip.api.example.com'],
      '_sip._tcp.sip.api.example.com': ['10 10 5060 tcp.sip.api.example.com'],
      '_sips._tcp.sip.api.example.com': ['10 10 5061 sip.api.example.com'],
    });
  });

  test('points at the API and at SIP, by addresses and by one SRV name per transport', () => {
    const shown = records(zoned).map(({ Name, Type, HostedZoneId, AliasTarget }) => [
      Type,
      Name,
      HostedZoneId,
      AliasTarget !== undefined,
    ]);
    expect(shown.toSorted()).toEqual([
      ['A', 'api.example.com', 'Z1', true],
      ['A', 'sip.api.example.com', 'Z1', true],
      ['A', 'tcp.sip.api.example.com', 'Z1', true],
      ['SRV', '_sip._tcp.sip.api.example.com', 'Z1', false],
      ['SRV', '_sip._udp.sip.api.example.com', 'Z1', false],
      ['SRV', '_sips._tcp.sip.api.example.com', 'Z1', false],
    ]);
  });

  test('maps each base path once the stage exists', () => {
    const api = zoned.get('api')!;
    const mappings = ofType(api, 'AWS::ApiGatewayV2::ApiMapping');
    expect(mappings.length).toBeGreaterThan(1);
    for (const [id, { Properties }] of mappings) {
      const { Stage } = Properties as { readonly Stage: { readonly Ref: string } };
      expect([...createdBefore(api, id)]).toContain(Stage.Ref);
    }
  });

  test('maps /v1.0 to the stage with its answers, and all else to $default, in the resources of before', () => {
    const api = zoned.get('api')!;
    const nameOf = new Map(
      ofType(api, 'AWS::ApiGatewayV2::Stage').map(([id, { Properties }]) => [id, Properties?.['StageName']]),
    );
    const mapped = ofType(api, 'AWS::ApiGatewayV2::ApiMapping').map(([id, { Properties }]) => {
      const { ApiMappingKey = '', Stage } = Properties as { ApiMappingKey?: string; Stage: { Ref: string } };
      return [id, ApiMappingKey, nameOf.get(Stage.Ref)];
    });
    // Another id would be another resource: it cannot be made while the former one has its key.
    expect(mapped).toEqual([
      ['Mapping0', '', '$default'],
      ['Mapping1', 'api/v1', '$default'],
      ['Mapping2', 'platform', '$default'],
      ['Mapping3', 'v1.0', 'voipbin'],
      ['Mapping4', 'v1', '$default'],
    ]);
    expect(nameOf.get('Stage')).toBe('$default');
  });

  test('is where clients of the outputs go', () => {
    expect(zoned.get('api')?.Outputs?.['ApiUrl']?.Value).toBe('https://api.example.com');
    expect(zoned.get('api')?.Outputs?.['BasePaths']?.Value).toBe('/api/v1,/platform,/v1.0,/v1');
    expect(bare.get('api')?.Outputs).not.toHaveProperty('BasePaths');
    expect(zoned.get('sip')?.Outputs?.['SipAddress']?.Value).toBe('sip.api.example.com:5060');
  });
});

describe('a domain elsewhere', () => {
  test('takes the certificate of the operator, and requests none', () => {
    const arn = 'arn:aws:acm:us-east-1:123456789012:certificate/1';
    const brought = synthesize({ domain: 'api.example.com', certificateArn: arn });
    expect(propertiesOf(brought, 'AWS::CertificateManager::Certificate')).toEqual([]);
    expect(JSON.stringify(propertiesOf(brought, 'AWS::ApiGatewayV2::DomainName'))).toContain(arn);
    expect(records(brought)).toEqual([]);
    expect(brought.get('domain')).toBeUndefined();
  });

  test('warns that the certificate waits for its records', () => {
    const { stacks } = app({ domain: 'api.example.com' });
    const warnings = stacks.flatMap(({ messages }) =>
      messages.filter(isWarning).map(({ entry }) => JSON.stringify(entry.data)),
    );
    expect(warnings).toEqual([expect.stringContaining('The deployment waits until the records')]);
  });
});

describe('functions and tasks know where SIP is', () => {
  test('under the domain', () => {
    expect(variablesIn(zoned).length).toBeGreaterThan(40);
    for (const each of variablesIn(zoned))
      expect(each).toMatchObject({
        SIP_DOMAIN: 'sip.api.example.com',
        SIP_ADDRESS: 'sip.api.example.com:5060',
        SIP_TCP_ADDRESS: 'tcp.sip.api.example.com:5060',
        SIP_TLS_ADDRESS: 'sip.api.example.com:5061',
      });
    expect(variablesIn(zoned).at(-1)).toMatchObject({
      SIP_ADVERTISED_HOST: 'sip.api.example.com',
      SIP_ADVERTISED_PORT: '5060',
    });
  });

  test('under a SIP domain of its own', () => {
    const own = variablesIn(synthesize({ domain: 'api.example.com', sipDomain: 'voice.example.com' }));
    for (const each of own)
      expect(each).toMatchObject({ SIP_DOMAIN: 'voice.example.com', SIP_ADDRESS: 'voice.example.com:5060' });
    expect(own.at(-1)).toMatchObject({ SIP_ADVERTISED_HOST: 'voice.example.com' });
  });

  test("without a domain, by the balancers' names", () => {
    const parameter = propertiesOf(bare, 'AWS::SSM::Parameter').find(({ Name }) => Name === '/trunkline/test/sip-host');
    const balancer = { 'Fn::GetAtt': [expect.stringMatching(/^Udp/), 'DNSName'] };
    expect(parameter?.['Value']).toEqual(balancer);
    const reference = { Ref: expect.stringMatching(/^Ssm\w+siphost/) };
    const tcpReference = { Ref: expect.stringMatching(/^Ssm\w+siptcphost/) };
    const functions = variablesIn(bare);
    const task = functions.pop();
    for (const each of functions) {
      expect(each).toMatchObject({
        SIP_DOMAIN: reference,
        SIP_ADDRESS: { 'Fn::Join': ['', [reference, ':5060']] },
        SIP_TCP_ADDRESS: { 'Fn::Join': ['', [tcpReference, ':5060']] },
      });
      expect(each).not.toHaveProperty('SIP_TLS_ADDRESS');
    }
    expect(task).toMatchObject({ SIP_DOMAIN: balancer, SIP_ADVERTISED_HOST: balancer });
  });

  test('but not without SIP: there is no sidecar, no network and no balancer', () => {
    const off = synthesize({ sip: 'off' });
    expect(off.get('sip')).toBeUndefined();
    for (const each of variablesIn(off)) {
      expect(each).toMatchObject({ SIP_DOMAIN: 'trunkline.test.invalid' });
      expect(each).not.toHaveProperty('SIP_ADDRESS');
    }
    expect(JSON.stringify([...off.values()])).not.toMatch(/sip-sidecar|VpcConfig|function-subnet/);
  });
});
