import manifest from '../package.json' with { type: 'json' };

/** The platform's version (semver), as answers and documents name it. */
export const version: string = manifest.version;
