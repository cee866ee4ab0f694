module.exports = {
  spec: ['dist/tests/{unit,contract,stack,simulation}/**/*.test.js'],
  'node-option': ['enable-source-maps'],
  timeout: 60_000,
  forbidOnly: true,
  forbidPending: process.env.CI === 'true',
  parallel: true,
  jobs: 2,
};
