package idp

import "strings"

// Device is the kind of device that a browser runs on, as coarse as a person needs to recognise her own.
type Device string

const (
	DeviceUnknown    Device = ""
	DeviceIPhone     Device = "iphone"
	DeviceIPad       Device = "ipad"
	DeviceAndroid    Device = "android"
	DeviceMac        Device = "mac"
	DeviceWindows    Device = "windows"
	DeviceChromebook Device = "chromebook"
	DeviceLinux      Device = "linux"
)

// deviceMarks are looked for in this order: what comes later is in the text of what comes before as well.
var deviceMarks = []struct {
	mark   string
	device Device
}{
	{"iPhone", DeviceIPhone},
	{"iPad", DeviceIPad},
	{"Android", DeviceAndroid},
	{"CrOS", DeviceChromebook},
	{"Windows", DeviceWindows},
	{"Macintosh", DeviceMac},
	{"Linux", DeviceLinux},
}

// DeviceOf reads a User-Agent header. It is the browser's own word: good enough to be shown to its owner, and nothing is
// decided by it. An iPad calls itself a Macintosh by default, which cannot be told from here.
func DeviceOf(userAgent string) Device {
	for _, m := range deviceMarks {
		if strings.Contains(userAgent, m.mark) {
			return m.device
		}
	}
	return DeviceUnknown
}
