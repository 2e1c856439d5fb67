const { join } = require('node:path');

/** Runs the suite's compiled tests as they were published; its own configuration would compile their sources again. */
module.exports = {
  rootDir: join(__dirname, 'node_modules', '@apollo', 'federation-subgraph-compatibility-tests'),
  testMatch: ['<rootDir>/dist/tests/*.test.js'],
  testEnvironment: 'node',
  transform: {},
  moduleNameMapper: { '^make-fetch-happen$': join(__dirname, 'suite-fetch.cjs') },
  // Jest leaves out what is in node_modules, where all of it is.
  testPathIgnorePatterns: [],
  haste: { retainAllFiles: true },
  watchman: false,
};
