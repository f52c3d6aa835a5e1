/** Services that have a number of their own (RFC 5031 §4.2). */
const services = ['police', 'fire', 'ambulance'] as const;
type Service = (typeof services)[number];

type ServiceNumbers = Readonly<Record<'sos' | Service, string>>;

/**
 * Numbers of countries where 112 is not the one to call, or police, fire and ambulance have numbers of their own: for
 * help of any kind, for police, fire and ambulance. `emergency-numbers.ts` has their sources.
 */
const numbersOfCountries: readonly (readonly [numbers: string, countries: string])[] = [
  ['911 911 911 911', 'AG AI AR BM BS CA CO CR DO EC GU HN JM KY MP MS MX PA PE PH PR PY SV TC US UY VG VI VE'],
  ['999 999 999 999', 'AE BD BH GB GG HK IE IM JE KE MO MY QA SB SC SZ UG ZM ZW'],
  ['000 000 000 000', 'AU CC CX'],
  ['111 111 111 111', 'NZ'],
  ['110 110 119 119', 'JP TW'],
  ['110 110 119 120', 'CN'],
  ['112 112 119 119', 'KR'],
  ['999 999 995 995', 'SG'],
  ['112 100 101 102', 'IN'],
  ['100 100 102 101', 'IL'],
  ['190 190 193 192', 'BR'],
  ['133 133 132 131', 'CL'],
  ['191 191 199 1669', 'TH'],
  ['113 113 114 115', 'VN'],
  ['10111 10111 10177 10177', 'ZA'],
  ['112 110 112 112', 'DE'],
  ['112 133 122 144', 'AT'],
  ['112 117 118 144', 'CH LI'],
  ['112 17 18 15', 'FR GF GP MC MQ RE'],
  ['112 113 115 118', 'IT SM VA'],
  ['112 091 080 061', 'ES'],
  ['112 997 998 999', 'PL'],
  ['112 158 150 155', 'CZ SK'],
  ['112 107 105 104', 'HU'],
  ['112 101 100 112', 'BE'],
  ['112 100 199 166', 'GR'],
  ['112 102 101 103', 'RU'],
  ['112 102 101 103', 'AM AZ BY KG KZ TJ UA'],
];

/** In all other countries: GSM phones know it everywhere (3GPP TS 22.101 §10.1). */
const universal: ServiceNumbers = { sos: '112', police: '112', fire: '112', ambulance: '112' };

/** Countries whose services have a number in the table; in all others 112 reaches help of any kind. */
export const countriesWithServices: readonly string[] = numbersOfCountries.flatMap(([, countries]) =>
  countries.split(' '),
);

function numbersOf(country: string): ServiceNumbers {
  const [numbers] = numbersOfCountries.find(([, countries]) => countries.split(' ').includes(country)) ?? [];
  const { sos, police, fire, ambulance } = universal;
  const [first = sos, second = police, third = fire, fourth = ambulance] = numbers?.split(' ') ?? [];
  return { sos: first, police: second, fire: third, ambulance: fourth };
}

/** RFC 5031 §3: labels of letters, digits and hyphens; case does not matter. */
const serviceForm = /^urn:service:sos(?:\.([a-z0-9-]{1,63}))?((?:\.[a-z0-9-]{1,63})*)$/i;

/** Whether a URI calls for help, in the words of RFC 5031. */
export const isEmergencyService = (uri: string): boolean => serviceForm.test(uri);

/**
 * The number by which one calls for the help that a URI names. A service without a number of its own is help of any
 * kind (RFC 5031 §4.2).
 * @param country of who calls (ISO 3166-1 alpha-2) @returns undefined if the URI is no service for emergencies
 */
export function emergencyServiceNumber(uri: string, country: string): string | undefined {
  const [found, label] = serviceForm.exec(uri) ?? [];
  if (found === undefined) return undefined;
  const numbers = numbersOf(country);
  const service = services.find((name) => name === label?.toLowerCase());
  return numbers[service ?? 'sos'];
}
