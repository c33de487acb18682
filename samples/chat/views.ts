import { Html, html } from '../support/page.ts'

export function signIn(prefix: string): Html {
  return html`<form class="card" method="post" action="${prefix}/sign-in">
    <label>Who are you? <input name="name" required maxlength="40" autocomplete="given-name" /></label>
    <button>Sign in</button>
  </form>`
}

export function room(prefix: string, name: string, sent: number): Html {
  return html`<p>You are <strong>${name}</strong>, and have said <output>${sent}</output> things.</p>
    <p id="status" role="status">Connecting …</p>
    <form class="card" id="say">
      <label>Say something <input name="text" required maxlength="1000" autocomplete="off" /></label>
      <button>Say it</button>
    </form>
    <ul id="messages"></ul>
    <form method="post" action="${prefix}/sign-out"><button class="quiet">Sign out</button></form>
    <form method="post" action="${prefix}/sign-out-everywhere">
      <button class="quiet">Sign out on all devices</button>
    </form>
    <script>
      ${client(`${prefix}/socket`)}
    </script>`
}

/** What runs in the page. 3000 says that the session is gone; anything else is a line that broke, and is tried again. */
function client(path: string): Html {
  return new Html(`
    const status = document.getElementById('status')
    const form = document.getElementById('say')
    let socket
    function connect() {
      const address = new URL(${JSON.stringify(path)}, location.href)
      address.protocol = address.protocol.replace('http', 'ws')
      socket = new WebSocket(address)
      socket.onopen = () => { status.textContent = 'Connected.' }
      socket.onmessage = ({ data }) => {
        const { name, text, sent } = JSON.parse(data)
        const line = document.createElement('li')
        line.textContent = name + ': ' + text
        document.getElementById('messages').append(line)
        if (sent !== undefined) document.querySelector('output').textContent = sent
      }
      socket.onclose = ({ code, reason }) => {
        if (code !== 3000) {
          status.textContent = 'Not connected.'
          return setTimeout(connect, 1000)
        }
        status.textContent = 'Signed out: ' + reason + '. '
        const link = document.createElement('a')
        link.href = location.href
        link.textContent = 'Sign in again'
        status.append(link)
        form.hidden = true
      }
    }
    form.onsubmit = (event) => {
      event.preventDefault()
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(form.elements.text.value)
        form.reset()
      }
    }
    connect()`)
}
