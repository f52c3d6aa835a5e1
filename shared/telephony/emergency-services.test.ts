import { expect, test } from 'vitest';
import { countriesWithServices, emergencyServiceNumber, isEmergencyService } from './emergency-services.ts';
import { emergencyNumbers } from './emergency-numbers.ts';

const services = ['', '.police', '.fire', '.ambulance'].map((label) => `urn:service:sos${label}`);
const numbersIn = (country: string) => services.map((uri) => emergencyServiceNumber(uri, country) ?? 'none');

test('a service is called by its number in the country of the caller, else by that of help of any kind', () => {
  expect(['US', 'DE', 'FR', 'JP', 'GB', 'SE', ''].map((country) => numbersIn(country).join(' '))).toEqual([
    '911 911 911 911',
    '112 110 112 112',
    '112 17 18 15',
    '110 110 119 119',
    '999 999 999 999',
    '112 112 112 112',
    '112 112 112 112',
  ]);
});

test('each number is an emergency number of its country, and a country is in the table once', () => {
  const unknown = countriesWithServices.flatMap((country) =>
    numbersIn(country).flatMap((number) => (emergencyNumbers(country).has(number) ? [] : [`${country} ${number}`])),
  );
  expect(unknown).toEqual([]);
  expect(new Set(countriesWithServices).size).toBe(countriesWithServices.length);
});

test('a service without a number of its own is help of any kind, and case does not matter', () => {
  const uris = ['urn:service:sos.marine', 'urn:service:sos.police.border', 'URN:Service:SOS.Fire', 'urn:service:sos.x'];
  expect(uris.map((uri) => emergencyServiceNumber(uri, 'FR'))).toEqual(['112', '17', '18', '112']);
});

test('no other URI calls for help', () => {
  const others = [
    'urn:service:counseling',
    'urn:service:sosx',
    'urn:service:sos.',
    'urn:service:sos..fire',
    'urn:service:sos.fire@example.com',
    'urn:service:sos;x=y',
    ` urn:service:sos`,
    'urn:alert:service:sos',
    'urn:service:test.sos',
    `urn:service:sos.${'a'.repeat(64)}`,
    'urn:service:sos\n',
    'sip:sos@example.com',
  ];
  expect(others.filter(isEmergencyService)).toEqual([]);
  expect(others.map((uri) => emergencyServiceNumber(uri, 'US'))).toEqual(others.map(() => undefined));
});
