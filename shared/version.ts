import manifest from '../package.json' with { type: 'json' };

/** The platform's version (semver). */
export const version: string = manifest.version;
