module.exports = {
  projects: [
    { displayName: 'jsdom', testEnvironment: 'jsdom', testMatch: ['**/mocks.test.js'] },
    { displayName: 'node', testEnvironment: 'node', testMatch: ['**/real.test.js'] },
  ],
};
