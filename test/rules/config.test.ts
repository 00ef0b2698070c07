import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.js';

describe('a bad value in the environment is refused by its name, and never quoted', () => {
  test.each([
    ['PORT', 'eighty'],
    ['PUBLIC_URL', 'https://passport.example/path'],
    ['PUBLIC_URL', 'http://passport.example'],
    ['DATABASE_URL', 'mysql://passport:s3cret@database/passport'],
    ['OPERATOR_PASSWORD', 'too-short'],
    ['SMTP_URL', 'passport:s3cret@mail.example'],
    ['TRUST_PROXY', 'everybody'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['TRUST_PROXY', '10.0.0.0/64'],
    ['BODY_MAX_BYTES', 'plenty'],
    ['ALLOW_LOOPBACK', 'perhaps'],
    ['LOG_LEVEL', 'loud'],
  ])('%s: %s', (name, value) => {
    const read = () => readConfig({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`\\b${name}\\b`));
    expect(read).not.toThrow(value);
  });
});

test('an empty variable means an absent one', () => {
  expect(readConfig({ PORT: '', TRUST_PROXY: '', SMTP_URL: '' })).toEqual(readConfig({}));
});

test('proxies are named by address, by network or by what networks are called', () => {
  const { trustProxy } = readConfig({ TRUST_PROXY: '10.0.0.1, 172.16.0.0/12,fd00::/8 , loopback' });
  expect(trustProxy).toEqual(['10.0.0.1', '172.16.0.0/12', 'fd00::/8', 'loopback']);
});
