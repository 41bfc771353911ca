package idp

import "strings"

// browserMarks are looked for in this order: nearly every browser says that it is Chrome or Safari as well.
var browserMarks = []struct{ mark, browser string }{
	{"EdgA/", "Edge"},
	{"EdgiOS/", "Edge"},
	{"Edg/", "Edge"},
	{"OPR/", "Opera"},
	{"OPT/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"DuckDuckGo/", "DuckDuckGo"},
	{"Vivaldi/", "Vivaldi"},
	{"Brave/", "Brave"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"HeadlessChrome/", "Chrome"},
	{"Chromium/", "Chromium"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
}

// BrowserOf is the name of the browser that a User-Agent header tells of, "" when it is none that we know. As with DeviceOf, it is
// the browser's own word, for its owner to recognise it by.
func BrowserOf(userAgent string) string {
	for _, m := range browserMarks {
		if strings.Contains(userAgent, m.mark) {
			return m.browser
		}
	}
	return ""
}

// deviceNames are what people call them, in every language.
var deviceNames = map[Device]string{
	DeviceIPhone: "iPhone", DeviceIPad: "iPad", DeviceAndroid: "Android", DeviceMac: "Mac", DeviceWindows: "Windows",
	DeviceChromebook: "Chromebook", DeviceLinux: "Linux",
}

// Name is the device's name, which is the same in every language; "" for one that is unknown.
func (d Device) Name() string { return deviceNames[d] }

// AgentName is the browser and the device of a User-Agent header in a few words, as for a list: "Safari, iPhone". "" when neither is
// known.
func AgentName(userAgent string) string {
	browser, device := BrowserOf(userAgent), DeviceOf(userAgent).Name()
	if browser == "" || device == "" {
		return browser + device
	}
	return browser + ", " + device
}
